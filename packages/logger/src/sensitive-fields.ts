// Compared without case, dashes, underscores and dots: `pre-key`, `preKey` and `PRE_KEY` are one name.
const SECRET_NAME =
  /token|secret|password|passphrase|authorization|cookie|credential|^creds$|keys?$|keypair|^qr(code|text|image)?$|pairingcode/;
const PERSONAL_NAME =
  /^(text|body|conversation|caption|content|messagetext|pushname|verifiedname|phone|phonenumber|ownernumber|pairingnumber)$/;
/** Harmless as text (an error has one), but WhatsApp's own `message` is an object with somebody's words in it. */
const MESSAGE_NAME = /^messages?$/;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isCount = (value: unknown): boolean => typeof value === "boolean" || value === undefined || value === null;

/**
 * True when a field must not be written because of its name. A number under a name of keys or tokens is how many there
 * are, so it may; a number under a personal name may be somebody's phone.
 */
export const isSensitiveField = (name: string, value: unknown): boolean => {
  if (isCount(value)) return false;
  const plain = name.toLowerCase().replaceAll(/[-_.]/g, "");
  if (PERSONAL_NAME.test(plain)) return true;
  if (MESSAGE_NAME.test(plain)) return isObject(value);
  return typeof value !== "number" && SECRET_NAME.test(plain);
};

const SIGNAL_MARKS = ["_chains", "currentRatchet", "indexInfo", "pendingPreKey", "senderChainKey", "senderSigningKey"];

/** True for libsignal's session and sender-key objects, which are nothing but key material. */
export const isSignalSession = (value: object): boolean => SIGNAL_MARKS.some((mark) => mark in value);
