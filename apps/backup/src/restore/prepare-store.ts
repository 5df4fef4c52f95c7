import { BlackskyError } from "@blacksky/errors";
import { describeDatabaseError } from "@blacksky/postgres";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim, ClaimOutcome } from "../lease/claim-lease.ts";
import { judge } from "./ladder.ts";
import type { Replica, Verdict } from "./ladder.ts";
import { META } from "./local-store.ts";
import type { FoundStore } from "./local-store.ts";
import { restoreFromReplica } from "./restore-replica.ts";

/** A store that the bot may open. */
export interface PreparedStore {
  readonly store: Store;
  readonly restoredFrom: "local" | "replica" | "fresh";
  /** What the replica needs to catch up. */
  readonly copy: "feed" | "complete";
  /** The claim under which it may be replicated, if there is one yet. */
  readonly claim: Claim | undefined;
  /** True when the store was exchanged: whoever had the old one open must let go of it. */
  readonly replaced: boolean;
}

const toReplica = (outcome: ClaimOutcome | undefined): Replica => {
  if (outcome === undefined) return { status: "none" };
  return outcome.status === "claimed" ? { status: "held", state: outcome.replica } : { status: "unreachable" };
};

const failure = (verdict: Extract<Verdict, { action: "fail" }>, outcome: ClaimOutcome | undefined): BlackskyError => {
  if (verdict.why === "broken") {
    return new BlackskyError(
      "backup.noCopy",
      "The local store is damaged, and there is no replica to restore it from.",
      {
        hint: "Put a good copy of DATA_DIR/store back; or, to pair anew, move it away.",
      },
    );
  }
  if (verdict.why === "continued") {
    return new BlackskyError("backup.importedOlder", "The replica is newer than the session that was imported.", {
      hint: "To use the imported one all the same, import it again with --force; to use the replica, move DATA_DIR/store away.",
    });
  }
  const cause = outcome !== undefined && outcome.status !== "claimed" ? outcome.error : undefined;
  const { message, hint } = describeDatabaseError(cause);
  return new BlackskyError("backup.unreachable", `Whether a session exists cannot be known. ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
};

/** Notes under which lease a store is ours, before anything is written under it. */
export const adoptClaim = (store: Store, { lease, replica }: Claim): void => {
  store.meta.set(META.replicaId, replica.id);
  store.meta.set(META.epoch, String(lease.epoch));
  store.meta.set(META.contested, "no");
  // Last: with the two above it continues its replica also when nothing is written before the next start.
  store.meta.set(META.importedAt, undefined);
};

/**
 * Climbs the restore ladder: ends with a store that the bot may open, or fails closed.
 *
 * @param outcome of the attempt to take the lease; `undefined` where no database is configured
 * @throws BlackskyError `backup.unreachable`, `backup.noCopy`, and whatever a restore throws
 */
export const prepareStore = async (
  context: Context,
  { store: found, local }: FoundStore,
  outcome: ClaimOutcome | undefined,
): Promise<PreparedStore> => {
  const { seal, storePath } = context;
  const claim = outcome?.status === "claimed" ? outcome : undefined;
  const replica = outcome?.status === "lostSight" ? undefined : toReplica(outcome);
  const verdict: Verdict =
    replica === undefined ? { action: "fail", why: "unreachable" } : judge(local, replica, seal.fingerprint);
  const prepared = async (): Promise<Omit<PreparedStore, "claim">> => {
    switch (verdict.action) {
      case "keep":
      case "begin": {
        const store = found ?? openStore({ path: storePath });
        if (verdict.action === "keep") return { store, restoredFrom: "local", copy: verdict.copy, replaced: false };
        store.meta.set(META.origin, "fresh");
        return { store, restoredFrom: "fresh", copy: "complete", replaced: false };
      }
      case "restore": {
        await found?.close();
        if (claim === undefined) throw failure({ action: "fail", why: "unreachable" }, outcome);
        const store = await restoreFromReplica(context, claim, verdict.archive);
        const copy = claim.replica.keyFingerprint === seal.fingerprint ? "feed" : "complete";
        return { store, restoredFrom: "replica", copy, replaced: true };
      }
      case "fail":
        await found?.close();
        throw failure(verdict, outcome);
    }
  };
  const result = await prepared();
  if (claim !== undefined) adoptClaim(result.store, claim);
  return { ...result, claim };
};
