import { errorCode } from "@blacksky/errors";
import type { Store } from "@blacksky/store";
import { initAuthCreds, type AuthenticationCreds } from "@whiskeysockets/baileys";
import { CREDS_KEY, SESSION_PREFIX } from "./kinds.ts";
import { FRESH_ORIGIN, ORIGIN_META } from "./origin.ts";
import { credsCorrupt, credsMissing, notRestored } from "./session-errors.ts";
import { decodeValue, encodeValue } from "./value-codec.ts";

const KEY_BYTES = 32;

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const isKeyPair = (pair: unknown): boolean =>
  [fieldOf(pair, "public"), fieldOf(pair, "private")].every(
    (key) => key instanceof Uint8Array && key.byteLength === KEY_BYTES,
  );

/**
 * True once a phone is linked. `creds.registered` stays false after pairing by QR, and a pairing code sets `creds.me`
 * before anybody used it.
 */
export const isLinked = ({ me, account }: AuthenticationCreds): boolean => me !== undefined && account !== undefined;

/** What is missing of the parts without which WhatsApp knows nobody; `undefined` when all are there. */
export const findCredsDefect = (creds: unknown): string | undefined => {
  const pairs = {
    noiseKey: fieldOf(creds, "noiseKey"),
    signedIdentityKey: fieldOf(creds, "signedIdentityKey"),
    signedPreKey: fieldOf(fieldOf(creds, "signedPreKey"), "keyPair"),
  };
  const broken = Object.entries(pairs).find(([, pair]) => !isKeyPair(pair));
  if (broken !== undefined) return `${broken[0]} is not a pair of keys`;
  if (typeof fieldOf(creds, "registrationId") !== "number") return "registrationId is not a number";
  return typeof fieldOf(creds, "advSecretKey") === "string" ? undefined : "advSecretKey is not text";
};

const readCreds = (store: Store): unknown => {
  try {
    const bytes = store.get(CREDS_KEY);
    return bytes === undefined ? undefined : decodeValue("creds", bytes);
  } catch (error) {
    const code = errorCode(error);
    if (code === "store.corruptRecord") throw credsCorrupt("they fail their checksum");
    if (code === "session.recordCorrupt") throw credsCorrupt("they cannot be parsed");
    throw error;
  }
};

/**
 * The device's credentials; `undefined` when there are none.
 *
 * @throws BlackskyError `session.credsCorrupt`
 */
export const loadCreds = (store: Store): AuthenticationCreds | undefined => {
  const creds = readCreds(store);
  if (creds === undefined) return undefined;
  const defect = findCredsDefect(creds);
  if (defect !== undefined) throw credsCorrupt(defect);
  return creds as AuthenticationCreds;
};

/** The change that keeps these credentials. */
export const credsChange = (creds: AuthenticationCreds): { key: string; value: Uint8Array } => ({
  key: CREDS_KEY,
  value: encodeValue(creds),
});

/**
 * Credentials of a new, unpaired device, kept before anything may depend on them. Only for a store that the backup
 * worker has marked as fresh, after it had seen that there is nothing to restore.
 *
 * @throws BlackskyError `session.credsMissing`, `session.notRestored`
 */
export const createCreds = (store: Store): AuthenticationCreds => {
  const [anyKey] = store.keys(SESSION_PREFIX);
  if (anyKey !== undefined) throw credsMissing();
  if (store.meta.get(ORIGIN_META) !== FRESH_ORIGIN) throw notRestored();
  const creds = initAuthCreds();
  store.writeSync([credsChange(creds)]);
  return creds;
};
