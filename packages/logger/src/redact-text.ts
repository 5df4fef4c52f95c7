const escapeForPattern = (literal: string): string => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

// A shorter "secret" would blot out ordinary words, and protect nothing.
const MIN_SECRET_LENGTH = 6;

const secretsPattern = (secrets: readonly string[]): RegExp | undefined => {
  const long = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  if (long.length === 0) return undefined;
  // The longest first, so that a password does not cut the URL that contains it.
  long.sort((a, b) => b.length - a.length);
  return new RegExp(long.map(escapeForPattern).join("|"), "g");
};

const POSTGRES_URL = /\b(postgres(?:ql)?:\/\/)\S*@/gi;
const URL_CREDENTIALS = /\b([a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi;
const BEARER = /\bBearer\s+[^\s"',]+/gi;
/** WhatsApp's pairing QR: a reference and three base64 keys. */
const QR_TEXT = /\b\d@[\w+/=-]{16,}(?:,[\w+/=-]{16,}){2,}/g;
const JID_USER =
  /(?<![\w.-])(\d+(?:-\d+)?)((?:_\d+)?(?::\d+)?@(?:s\.whatsapp\.net|c\.us|lid|g\.us|broadcast|newsletter|hosted(?:\.lid)?)\b)/g;
const INTERNATIONAL_NUMBER = /(?<![\w+])\+\d(?:[ ().-]{0,2}\d){6,14}(?!\d)/g;
const BARE_NUMBER = /(?<![\w.+-])[1-9]\d{9,14}(?![\w-]|\.\d)/g;

// 2020 to 2040. A run of digits in there is a time in seconds or milliseconds; no country's numbers look like that,
// for those of +1 have eleven digits.
const TIME_FROM_S = 1_577_836_800;
const TIME_TO_S = 2_208_988_800;

const isTime = (digits: string): boolean => {
  const value = Number(digits);
  const seconds = digits.length === 13 ? value / 1000 : value;
  return (digits.length === 10 || digits.length === 13) && seconds >= TIME_FROM_S && seconds < TIME_TO_S;
};

const lastTwo = (text: string): string => `…${text.replaceAll(/\D/g, "").slice(-2)}`;

/**
 * Makes the function that takes secrets out of one text: the configured ones, credentials in URLs, bearer tokens, QR
 * texts, and all but the last two digits of phone numbers and of the user part of JIDs. Times, ports, process ids and
 * positions stay as they are.
 *
 * @param secrets those of less than six characters are ignored
 */
export const createTextRedactor = (secrets: readonly string[]): ((text: string) => string) => {
  const configured = secretsPattern(secrets);
  return (text) => {
    const known = configured === undefined ? text : text.replace(configured, "[secret]");
    return known
      .replace(POSTGRES_URL, "$1[secret]@")
      .replace(URL_CREDENTIALS, "$1[secret]@")
      .replace(BEARER, "Bearer [secret]")
      .replace(QR_TEXT, "[qr]")
      .replace(JID_USER, (_, user: string, rest: string) => lastTwo(user) + rest)
      .replace(INTERNATIONAL_NUMBER, lastTwo)
      .replace(BARE_NUMBER, (digits) => (isTime(digits) ? digits : lastTwo(digits)));
  };
};
