import { BlackskyError } from "@blacksky/errors";
import type { Store } from "@blacksky/store";
import { initAuthCreds, type AuthenticationCreds } from "@whiskeysockets/baileys";
import { CREDS_KEY, SESSION_PREFIX } from "./kinds.ts";
import { decodeValue, encodeValue } from "./value-codec.ts";

const PRIVATE_KEY_BYTES = 32;

const isKeyPair = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "private" in value &&
  value.private instanceof Uint8Array &&
  value.private.byteLength === PRIVATE_KEY_BYTES;

const looksLikeCreds = (value: unknown): value is AuthenticationCreds =>
  typeof value === "object" &&
  value !== null &&
  "noiseKey" in value &&
  isKeyPair(value.noiseKey) &&
  "signedIdentityKey" in value &&
  isKeyPair(value.signedIdentityKey) &&
  "registrationId" in value &&
  typeof value.registrationId === "number";

const restoreHint = "Restore the session from the database: move DATA_DIR/store away and start again.";

/**
 * The device's credentials, if there are any.
 *
 * @throws BlackskyError `session.credsCorrupt`, `store.corruptRecord`
 */
export const loadCreds = (store: Store): AuthenticationCreds | undefined => {
  const bytes = store.get(CREDS_KEY);
  if (bytes === undefined) return undefined;
  const creds = decodeValue("creds", bytes);
  if (looksLikeCreds(creds)) return creds;
  throw new BlackskyError("session.credsCorrupt", "The credentials of the session are incomplete.", {
    hint: restoreHint,
  });
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
  if (store.count(SESSION_PREFIX) > 0) {
    const message = "The session has keys but no credentials.";
    throw new BlackskyError("session.credsMissing", message, { hint: restoreHint });
  }
  if (store.meta.get("origin") !== "fresh") {
    const message = "The local store is empty, and nobody has looked whether there is a session to restore.";
    throw new BlackskyError("session.notRestored", message, {
      hint: "The backup worker does that before the bot starts; start the runner, not the bot alone.",
    });
  }
  const creds = initAuthCreds();
  store.writeSync([credsChange(creds)]);
  return creds;
};
