import { hkdfSync, randomBytes } from "node:crypto";
import { aesDecryptCTR, aesDecryptGCM, aesEncryptCTR, Curve, derivePairingCodeKey } from "@whiskeysockets/baileys";
import type { KeyPair } from "@whiskeysockets/baileys";
import { failure } from "../failure.ts";

const NOTHING = Buffer.alloc(0);
const SALT_BYTES = 32;
const CTR_IV_BYTES = 16;
const GCM_IV_BYTES = 12;
const KEY_BYTES = 32;
const BUNDLE_INFO = "link_code_pairing_key_bundle_encryption_key";
const ADV_SECRET_INFO = "adv_secret";

const derive = (secret: Uint8Array, salt: Uint8Array, info: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, salt, info, KEY_BYTES));

/** The code as typed, without the dash and in upper case. Throws `simulator.bad-input` unless it has 8 characters. */
export const parseCode = (input: string): string => {
  const code = input.replaceAll(/[\s-]/g, "").toUpperCase();
  if (/^[0-9A-Z]{8}$/.test(code)) return code;
  throw failure("simulator.bad-input", 'The field "code" is not a pairing code.', "It has 8 letters or digits.");
};

/** Wraps a public key under a pairing code: salt, IV, then the key under AES-CTR. */
export const wrapKey = async (code: string, publicKey: Uint8Array): Promise<Buffer> => {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(CTR_IV_BYTES);
  return Buffer.concat([salt, iv, aesEncryptCTR(publicKey, await derivePairingCodeKey(code, salt), iv)]);
};

/** The reverse of `wrapKey`. A wrong code yields a wrong key, not an error: nothing here is authenticated. */
export const unwrapKey = async (code: string, wrapped: Buffer): Promise<Buffer> => {
  const salt = wrapped.subarray(0, SALT_BYTES);
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + CTR_IV_BYTES);
  return aesDecryptCTR(wrapped.subarray(SALT_BYTES + CTR_IV_BYTES), await derivePairingCodeKey(code, salt), iv);
};

/**
 * Opens the companion's key bundle and derives the secret that both sides now share. Undefined when it does not open,
 * which means that the code typed on the phone was not the one the companion shows.
 */
export const agreeOnAdvSecret = (options: {
  bundle: Buffer;
  phoneEphemeral: KeyPair;
  companionEphemeral: Uint8Array;
  accountKey: KeyPair;
}): { advSecret: Buffer; companionIdentity: Buffer } | undefined => {
  const { bundle, phoneEphemeral, companionEphemeral, accountKey } = options;
  const shared = Curve.sharedKey(phoneEphemeral.private, companionEphemeral);
  const ivEnd = SALT_BYTES + GCM_IV_BYTES;
  const key = derive(shared, bundle.subarray(0, SALT_BYTES), BUNDLE_INFO);
  let opened: Buffer;
  try {
    opened = aesDecryptGCM(bundle.subarray(ivEnd), key, bundle.subarray(SALT_BYTES, ivEnd), NOTHING);
  } catch {
    return undefined;
  }
  const companionIdentity = opened.subarray(0, KEY_BYTES);
  const random = opened.subarray(KEY_BYTES * 2);
  const identityShared = Curve.sharedKey(accountKey.private, companionIdentity);
  return {
    advSecret: derive(Buffer.concat([shared, identityShared, random]), NOTHING, ADV_SECRET_INFO),
    companionIdentity,
  };
};
