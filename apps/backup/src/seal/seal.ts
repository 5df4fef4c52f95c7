import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  randomFillSync,
  timingSafeEqual,
} from "node:crypto";

import { BlackskyError } from "@blacksky/errors";

/** Version of the encoding below, as the replica's rows name it. */
export const SEAL_VERSION = 1;

/** Turns records into what PostgreSQL may see, and back. */
export interface Seal {
  /** Names the key without giving it away; `null` when nothing is encrypted. */
  readonly fingerprint: string | null;
  /** The seal of the key before this one, for reading alone. */
  readonly previous: Seal | undefined;
  seal(key: string, value: Uint8Array): Uint8Array;
  /** @throws BlackskyError `backup.recordCorrupt` for bytes that are not exactly what was sealed under this key */
  open(key: string, sealed: Uint8Array): Uint8Array;
}

// First byte of a sealed record.
const PLAIN = 0;
const ENCRYPTED = 1;

const IV_BYTES = 12;
const TAG_BYTES = 16;
const CHECKSUM_BYTES = 8;
const FINGERPRINT_BYTES = 8;

const derive = (secret: string, salt: string, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, salt, `blacksky-md ${purpose} v1`, bytes));

const corrupt = (key: string, cause?: unknown): BlackskyError =>
  new BlackskyError("backup.recordCorrupt", `A replicated record of kind ${kindOf(key)} is damaged.`, {
    hint: "Nothing was changed. Restore blacksky.replica_record from a backup of the database.",
    cause,
  });

// Keys hold addresses of people: only what comes before them may be told.
const kindOf = (key: string): string =>
  key
    .split("/")
    .slice(0, key.startsWith("session/") ? 2 : 1)
    .join("/");

// Bound to session and key: a row that was copied under another key does not open.
const context = (sessionId: string, key: string): Buffer => Buffer.from(`${sessionId}\0${key}`);

const checksum = (aad: Buffer, value: Uint8Array): Buffer =>
  createHash("sha256").update(aad).update("\0").update(value).digest().subarray(0, CHECKSUM_BYTES);

const createPlainSeal = (sessionId: string): Seal => ({
  fingerprint: null,
  previous: undefined,
  seal(key, value) {
    return Buffer.concat([Buffer.of(PLAIN), checksum(context(sessionId, key), value), value]);
  },
  open(key, sealed) {
    const value = sealed.subarray(1 + CHECKSUM_BYTES);
    const expected = sealed.subarray(1, 1 + CHECKSUM_BYTES);
    if (sealed[0] !== PLAIN || expected.length !== CHECKSUM_BYTES) throw corrupt(key);
    if (!timingSafeEqual(expected, checksum(context(sessionId, key), value))) throw corrupt(key);
    return value;
  },
});

/** What is sealed; each has a key of its own, derived from the same secret. */
export type SealPurpose = "replica record" | "snapshot chunk";

/** Random bytes for nonces. They are fetched for many at once: asking costs more than the encryption of a small record. */
const createNonces = (count = 512): (() => Buffer) => {
  const pool = Buffer.allocUnsafeSlow(count * IV_BYTES);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += IV_BYTES;
    return pool.subarray(used - IV_BYTES, used);
  };
};

const createCipherSeal = (
  sessionId: string,
  secret: string,
  purpose: SealPurpose,
  previous: Seal | undefined,
): Seal => {
  const cipherKey = createSecretKey(derive(secret, sessionId, purpose, 32));
  const nextNonce = createNonces();
  return {
    fingerprint: derive(secret, sessionId, "key fingerprint", FINGERPRINT_BYTES).toString("hex"),
    previous,
    seal(key, value) {
      const iv = nextNonce();
      const cipher = createCipheriv("aes-256-gcm", cipherKey, iv).setAAD(context(sessionId, key));
      const sealed = Buffer.allocUnsafe(1 + IV_BYTES + value.byteLength + TAG_BYTES);
      sealed[0] = ENCRYPTED;
      sealed.set(iv, 1);
      sealed.set(cipher.update(value), 1 + IV_BYTES);
      cipher.final();
      sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
      return sealed;
    },
    open(key, sealed) {
      if (sealed[0] !== ENCRYPTED || sealed.length < 1 + IV_BYTES + TAG_BYTES) throw corrupt(key);
      const iv = sealed.subarray(1, 1 + IV_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", cipherKey, iv).setAAD(context(sessionId, key));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        // GCM has no blocks to fill: all of the record comes out at once, and nothing is left for the end but the check.
        const value = decipher.update(sealed.subarray(1 + IV_BYTES, -TAG_BYTES));
        decipher.final();
        return value;
      } catch (cause) {
        throw corrupt(key, cause);
      }
    },
  };
};

/** The keys of a session: SESSION_ENCRYPTION_KEY, and the one before it. */
export interface SealKeys {
  readonly secret: string | undefined;
  readonly previous: string | undefined;
}

/**
 * The seal of one session: AES-256-GCM under a key derived from `secret` (SESSION_ENCRYPTION_KEY), or without a secret
 * a checksum alone.
 */
export const createSeal = (
  sessionId: string,
  secret: string | undefined,
  purpose: SealPurpose = "replica record",
): Seal =>
  secret === undefined ? createPlainSeal(sessionId) : createCipherSeal(sessionId, secret, purpose, undefined);

/** As `createSeal`, with the seal of the key before it. */
export const createSealOf = (sessionId: string, { secret, previous }: SealKeys, purpose: SealPurpose): Seal => {
  if (secret === undefined || previous === undefined) return createSeal(sessionId, secret, purpose);
  return createCipherSeal(sessionId, secret, purpose, createSeal(sessionId, previous, purpose));
};
