import { BlackskyError } from "@blacksky/errors";

import { createSeal } from "../seal/seal.ts";
import type { Seal } from "../seal/seal.ts";

/**
 * The seal that opens a copy of the session: ours, or none where it was written before there was a key.
 *
 * @param what names the copy, as the beginning of a sentence
 * @throws BlackskyError `backup.wrongKey`
 */
export const chooseSeal = (sessionId: string, ours: Seal, keyFingerprint: string | null, what: string): Seal => {
  if (keyFingerprint === ours.fingerprint) return ours;
  if (keyFingerprint === null) return createSeal(sessionId, undefined);
  const problem = ours.fingerprint === null ? "no SESSION_ENCRYPTION_KEY is set" : "SESSION_ENCRYPTION_KEY is another";
  throw new BlackskyError("backup.wrongKey", `${what} of session ${sessionId} is encrypted, and ${problem}.`, {
    hint: "Set SESSION_ENCRYPTION_KEY to what it was when the session was saved. Nothing was changed.",
  });
};
