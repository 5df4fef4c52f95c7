import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { openCandidate } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { adoptClaim, META } from "./local-store.ts";
import { hasSession, replaceStore } from "./replace-store.ts";
import type { Retirement } from "./replace-store.ts";

export interface CandidateRestoreOptions {
  /** The lease, where there is a database. */
  readonly claim: Claim | undefined;
  readonly retirement: Retirement;
  /** A position that was in use here; the new store begins behind it. */
  readonly beyond?: number;
  /** The order that this carries out. */
  readonly orderId?: string;
}

/**
 * Makes a local store from one snapshot; see `replaceStore`. Resolves with `undefined` when there is no session in it.
 *
 * @throws what `openCandidate` and reading it throw; then everything is as it was
 */
export const restoreCandidate = async (
  context: Context,
  { claim, retirement, beyond = 0, orderId }: CandidateRestoreOptions,
  candidate: Candidate,
): Promise<Store | undefined> => {
  const records = openCandidate(context, candidate);
  const noSession = new Error("there is no session in it");
  // A replica never goes back, and one that lacks a position that no feed has any more is copied as a whole: also when
  // this process dies before it has done so.
  const from = Math.max(candidate.description.position, claim?.replica.position ?? 0, beyond) + 1;
  try {
    return await replaceStore(context, retirement, async (fresh) => {
      await fresh.restore(records, from);
      if (!hasSession(fresh)) throw noSession;
      fresh.meta.set(META.origin, "restored");
      fresh.meta.set(META.tail, "unknown");
      fresh.meta.set(META.order, orderId);
      if (claim !== undefined) adoptClaim(fresh, claim);
    });
  } catch (error) {
    if (error === noSession) return undefined;
    throw error;
  }
};
