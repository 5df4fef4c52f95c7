import { BlackskyError, errorCode } from "@blacksky/errors";
import { createReplicaClient, describeDatabaseError } from "@blacksky/postgres";
import { openStore } from "@blacksky/store";
import type { RestoreOrder, Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim, ClaimOutcome } from "../lease/claim-lease.ts";
import type { RestoredFrom } from "../session-status.ts";
import { BEFORE_RESTORE } from "../snapshot/take-snapshot.ts";
import { wrongKey } from "./choose-seal.ts";
import type { Prefetch } from "../standby/prefetch.ts";
import { judge } from "./ladder.ts";
import type { LocalStore, Replica, Verdict } from "./ladder.ts";
import { adoptClaim, META } from "./local-store.ts";
import type { FoundStore } from "./local-store.ts";
import { restoreAsOrdered } from "./restore-as-ordered.ts";
import { restoreFromReplica } from "./restore-replica.ts";
import { restoreFromSnapshots } from "./restore-snapshot.ts";
import type { RestoredSnapshot, SnapshotRestoreOptions } from "./restore-snapshot.ts";
import { isImported, keepReplaced, retire } from "./retire.ts";

/** A store that the bot may open. */
export interface PreparedStore {
  readonly store: Store;
  readonly restoredFrom: RestoredFrom;
  /** How old the copy is that it was restored from; `null` for a new session. */
  readonly restoredAgeMs: number | null;
  /** What the replica needs to catch up. */
  readonly copy: "feed" | "complete";
  /** The claim under which it may be replicated, if there is one yet. */
  readonly claim: Claim | undefined;
  /** True when the store was exchanged: whoever had the old one open must let go of it. */
  readonly replaced: boolean;
}

type Prepared = Omit<PreparedStore, "claim">;

const toReplica = (outcome: ClaimOutcome | undefined): Replica => {
  if (outcome === undefined) return { status: "none" };
  return outcome.status === "claimed" ? { status: "held", state: outcome.replica } : { status: "unreachable" };
};

const failure = (
  { sessionId, seal }: Context,
  why: Extract<Verdict, { action: "fail" }>["why"],
  outcome: ClaimOutcome | undefined,
): BlackskyError => {
  if (why === "wrongKey") return wrongKey(sessionId, seal, "The replica");
  if (why === "broken") {
    return new BlackskyError(
      "backup.noCopy",
      "The local store is damaged, and there is no replica and no snapshot to restore it from.",
      {
        hint: "Put a good copy of DATA_DIR/store back; or, to pair anew, move it away.",
      },
    );
  }
  if (why === "continued") {
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

/** Nothing takes the place of what is newer; what belongs to another replica cannot be compared with files. */
const newerThan =
  (local: LocalStore, { replica }: Claim): SnapshotRestoreOptions["accept"] =>
  ({ epoch, position, reason }, rung) => {
    if (local.status !== "intact") return true;
    if (local.replicaId !== replica.id) return rung === "snapshot" && reason !== BEFORE_RESTORE;
    return epoch > local.epoch || (epoch === local.epoch && position > local.position);
  };

const toPrepared = ({ store, rung, ageMs }: RestoredSnapshot): Prepared => ({
  store,
  restoredFrom: rung,
  restoredAgeMs: ageMs,
  copy: "complete",
  replaced: true,
});

const fromSnapshots = async (context: Context, options: SnapshotRestoreOptions): Promise<Prepared | undefined> => {
  const restored = await restoreFromSnapshots(context, options);
  return restored && toPrepared(restored);
};

const DAMAGED = new Set(["backup.recordCorrupt", "replica.incomplete"]);

const fromReplica = async (
  context: Context,
  found: FoundStore,
  claim: Claim,
  reason: string | undefined,
  prefetch: Prefetch | undefined,
): Promise<Prepared> => {
  const { seal, log, sessionId } = context;
  const retirement = retire(context, found, claim, reason);
  const { lease, database, replica } = claim;
  try {
    const { store, ageMs } = await restoreFromReplica(context, claim, retirement, prefetch);
    const copy = replica.keyFingerprint === seal.fingerprint ? "feed" : "complete";
    return { store, restoredFrom: "replica", restoredAgeMs: ageMs, copy, replaced: true };
  } catch (error) {
    if (!DAMAGED.has(errorCode(error))) throw error;
    log.error("The replica is damaged. It is kept as it is; looking for a snapshot.", { error });
    const accept = newerThan(found.local, claim);
    const prepared = await fromSnapshots(context, { claim, retirement, accept });
    if (prepared === undefined) throw error;
    const name = `damaged at ${replica.position}`;
    await createReplicaClient(database).setRecordsAside(lease, name);
    log.warn("The damaged rows of the replica were put aside.", { session_id: `${sessionId} ${name}` });
    return prepared;
  }
};

const climb = async (
  context: Context,
  found: FoundStore,
  outcome: ClaimOutcome | undefined,
  verdict: Verdict,
  prefetch: Prefetch | undefined,
): Promise<Prepared> => {
  const claim = outcome?.status === "claimed" ? outcome : undefined;
  const anySnapshot = async (reason: string | undefined): Promise<Prepared | undefined> =>
    fromSnapshots(context, { claim, retirement: retire(context, found, claim, reason), accept: () => true });
  switch (verdict.action) {
    case "keep": {
      if (claim !== undefined && isImported(found.local)) await keepReplaced(context, claim);
      const store = found.store ?? openStore({ path: context.storePath });
      return { store, restoredFrom: "local", restoredAgeMs: 0, copy: verdict.copy, replaced: false };
    }
    case "begin": {
      const prepared = await anySnapshot(undefined);
      if (prepared !== undefined) return prepared;
      const store = found.store ?? openStore({ path: context.storePath });
      store.meta.set(META.origin, "fresh");
      return { store, restoredFrom: "fresh", restoredAgeMs: null, copy: "complete", replaced: false };
    }
    case "restore":
      if (claim === undefined) throw failure(context, "unreachable", outcome);
      return fromReplica(context, found, claim, verdict.archive, prefetch);
    case "fail": {
      const { local } = found;
      const prepared =
        verdict.why === "broken" ? await anySnapshot(local.status === "broken" ? local.reason : undefined) : undefined;
      if (prepared === undefined) throw failure(context, verdict.why, outcome);
      return prepared;
    }
  }
};

/** What else there may be when a store is prepared. */
export interface PrepareOptions {
  /** To restore a snapshot; it comes before the ladder. */
  readonly order?: RestoreOrder | undefined;
  /** What was copied of the replica while another process held the lease. */
  readonly prefetch?: Prefetch | undefined;
}

/**
 * Climbs the restore ladder: local store, replica, newest whole snapshot in PostgreSQL, newest whole snapshot on this
 * disk. Ends with a store that the bot may open, or fails closed.
 *
 * @param outcome of the attempt to take the lease; `undefined` where no database is configured
 * @throws BlackskyError `backup.unreachable`, `backup.noCopy`, and whatever a restore throws
 */
export const prepareStore = async (
  context: Context,
  found: FoundStore,
  outcome: ClaimOutcome | undefined,
  { order, prefetch }: PrepareOptions = {},
): Promise<PreparedStore> => {
  const claim = outcome?.status === "claimed" ? outcome : undefined;
  const replica = outcome?.status === "lostSight" ? undefined : toReplica(outcome);
  const verdict: Verdict =
    replica === undefined ? { action: "fail", why: "unreachable" } : judge(found.local, replica, context.seal);
  try {
    const ordered = order && (await restoreAsOrdered(context, found, order, { claim, verdict }));
    const prepared =
      ordered === undefined ? await climb(context, found, outcome, verdict, prefetch) : toPrepared(ordered);
    if (claim !== undefined) adoptClaim(prepared.store, claim);
    return { ...prepared, claim };
  } catch (error) {
    await found.store?.close();
    throw error;
  }
};
