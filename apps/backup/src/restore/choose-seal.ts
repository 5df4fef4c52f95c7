import { BlackskyError } from "@blacksky/errors";

import { createSeal } from "../seal/seal.ts";
import type { Seal } from "../seal/seal.ts";

/** The names of the keys that there are: a `Seal` has them. */
export interface KeyNames {
  /** Of the key that is written with, `null` for none. */
  readonly fingerprint: string | null;
  readonly previous: { readonly fingerprint: string | null } | undefined;
}

/** Whether a copy with this fingerprint opens. What was written before there was a key always does. */
export const isKnownKey = (keys: KeyNames, keyFingerprint: string | null): boolean =>
  keyFingerprint === null || [keys.fingerprint, keys.previous?.fingerprint].includes(keyFingerprint);

/** @param what names the copy, as the beginning of a sentence */
export const wrongKey = (sessionId: string, ours: KeyNames, what: string): BlackskyError => {
  const problem = ours.fingerprint === null ? "no SESSION_ENCRYPTION_KEY is set" : "SESSION_ENCRYPTION_KEY is another";
  return new BlackskyError("backup.wrongKey", `${what} of session ${sessionId} is encrypted, and ${problem}.`, {
    hint: "Set SESSION_ENCRYPTION_KEY to what it was when the session was saved; or, when you have changed it, SESSION_ENCRYPTION_KEY_PREVIOUS. Nothing was changed.",
  });
};

/**
 * The seal that opens a copy of the session: ours, that of the key before it, or none where it was written before there
 * was a key.
 *
 * @param what names the copy, as the beginning of a sentence
 * @throws BlackskyError `backup.wrongKey`
 */
export const chooseSeal = (sessionId: string, ours: Seal, keyFingerprint: string | null, what: string): Seal => {
  if (keyFingerprint === ours.fingerprint) return ours;
  if (keyFingerprint === null) return createSeal(sessionId, undefined);
  if (keyFingerprint === ours.previous?.fingerprint) return ours.previous;
  throw wrongKey(sessionId, ours, what);
};
