import { BlackskyError, describeError } from "@blacksky/errors";
import { createNamedTimers, expiryIn, LONG_OVER } from "@blacksky/machine";
import type { Expiry, NamedTimers } from "@blacksky/machine";
import { releaseLease } from "@blacksky/postgres";

import type { Context } from "./context.ts";
import { createHandOver } from "./intake/hand-over.ts";
import type { HandOver } from "./intake/hand-over.ts";
import type { Enqueue } from "./intake/hand-rows.ts";
import { claimLease } from "./lease/claim-lease.ts";
import type { Claim } from "./lease/claim-lease.ts";
import { FAREWELL_MS, startLeasedReplication } from "./leased-replication.ts";
import type { LeasedReplication } from "./leased-replication.ts";
import { createRecordSizes } from "./record-sizes.ts";
import type { RecordSizeReader } from "./record-sizes.ts";
import type { ReadBack } from "./rekey/read-back.ts";
import { createRekeying } from "./rekey/rekeying.ts";
import { judge } from "./restore/ladder.ts";
import { adoptClaim, describeStore } from "./restore/local-store.ts";
import type { PreparedStore } from "./restore/prepare-store.ts";
import type { StatusBoard } from "./session-status.ts";
import { createSnapshots } from "./snapshot/snapshots.ts";
import { createSnapshotDesk } from "./snapshot-desk.ts";
import type { SnapshotDesk } from "./snapshot-desk.ts";
import { within } from "./within.ts";

export interface ActiveSessionOptions {
  readonly context: Context;
  readonly prepared: PreparedStore;
  readonly board: StatusBoard;
  readonly enqueue: Enqueue;
  /** The session is another process's, or may be once `socketUntil` has passed: nobody here may speak for it any more. */
  readonly onLost: (why: string, socketUntil: Expiry) => void;
}

/** A session whose store the bot may use. */
export interface ActiveSession {
  /** Somebody says that the store has moved on. */
  look(): void;
  /**
   * @returns the replicated position, once everything written before is replicated
   * @throws BlackskyError `backup.notReplicating` as long as there is no lease, and what `Replicator.flush` throws
   */
  flush(deadlineMs: number): Promise<number>;
  readonly recordSizes: RecordSizeReader;
  /** What may be asked of its snapshots. */
  readonly desk: SnapshotDesk;
  /** What others have left for the bot. */
  readonly handOver: Pick<HandOver, "look" | "finish">;
  /** Resolves when everything is sealed with the present key; throws what `Rekeying.finish` throws. */
  rekey(deadlineMs: number): Promise<ReadBack>;
  /** Before a socket is opened: resolves, within some seconds, once it is as sure as it can be that the session is ours. */
  confirm(): Promise<void>;
  /** WhatsApp has given the session to another socket. */
  rivalMet(): void;
  /**
   * Flushes, lets go of the lease and closes the store, within the time. Resolves with the records left unreplicated.
   *
   * @param mayRelease see `LeasedReplication.letGo`
   */
  finish(deadlineMs: number, mayRelease: boolean): Promise<number>;
}

const LAG_TOLD_EVERY_MS = 1_000;
const ALL = 2 ** 30;

type Copy = PreparedStore["copy"];

/**
 * The database was away at the start: takes the lease as soon as it is back. Whoever reached it meanwhile may have
 * continued the session; then it is lost to us.
 */
const claimLater = async (
  { context, prepared, onLost }: ActiveSessionOptions,
  signal: AbortSignal,
  onClaimed: (claim: Claim, copy: Copy) => void,
): Promise<void> => {
  const { source, seal, log } = context;
  const { store } = prepared;
  if (source === undefined) return;
  const outcome = await claimLease({
    context,
    source,
    patienceMs: Infinity,
    signal,
    onAttempt: (attempt) => {
      if (attempt === "heldByAnother") onLost("Another process holds the lease on this session.", LONG_OVER);
    },
  });
  if (outcome.status !== "claimed") return;
  const verdict = judge(describeStore(store), { status: "held", state: outcome.replica }, seal);
  if (verdict.action !== "keep" && verdict.action !== "begin") {
    await releaseLease(outcome.database, outcome.lease);
    onLost(
      verdict.action === "fail" && verdict.why === "wrongKey"
        ? "The replica is sealed with another SESSION_ENCRYPTION_KEY."
        : "Another process has continued this session meanwhile.",
      LONG_OVER,
    );
    return;
  }
  log.info("The database is back; replicating.");
  adoptClaim(store, outcome);
  onClaimed(outcome, verdict.action === "keep" ? verdict.copy : "complete");
};

const notReplicating = ({ source }: Context): BlackskyError =>
  new BlackskyError("backup.notReplicating", "The session is on this disk alone.", {
    hint: source === undefined ? "Set DATABASE_URL to replicate it." : "The database cannot be reached now.",
  });

type Timers = NamedTimers<"poll" | "lag" | "allow">;

/** Tells the lag as it grows, until the timers are cancelled. */
const tellLag = (board: StatusBoard, timers: Timers): void => {
  board.refreshLag();
  timers.start("lag", LAG_TOLD_EVERY_MS, () => tellLag(board, timers));
};

/** Replicates a prepared store: at once under its lease, or as soon as the database can be reached again. */
export const createActiveSession = (options: ActiveSessionOptions): ActiveSession => {
  const { context, prepared, board, enqueue, onLost } = options;
  const { store } = prepared;
  const { clock, pace } = context;
  const timers: Timers = createNamedTimers(clock);
  const ending = new AbortController();
  let replication: LeasedReplication | undefined;
  let held: Claim | undefined;

  const snapshots = createSnapshots({ context, store, board });
  const rekeying = createRekeying({ context, board, snapshots, signal: ending.signal });
  const handOver = createHandOver({ context, enqueue, isDatabaseInSight: () => board.status.databaseConnected });
  const desk = createSnapshotDesk({ context, store, snapshots, claim: () => held });

  const replicate = (claim: Claim, copy: Copy): void => {
    held = claim;
    timers.cancel("allow");
    snapshots.adopt(claim);
    replication = startLeasedReplication({ context, store, claim, copy, board, onLost });
    rekeying.adopt(claim, replication);
    handOver.adopt(claim, replication);
  };
  const poll = (): void => {
    if (store.position !== board.status.position) board.update({ position: store.position });
    replication?.look();
    timers.start("poll", pace.pollMs, poll);
  };
  /** Never for long: whoever takes this worker's place may find the session with another. */
  const allow = (): void => {
    board.update({ socketUntil: expiryIn(clock, pace.leaseTtlMs) });
    timers.start("allow", Math.min(LAG_TOLD_EVERY_MS, pace.leaseTtlMs / 4), allow);
  };

  if (prepared.claim === undefined) {
    // Without a database, or with one that is away and that nobody else was seen in.
    if (context.source === undefined) board.update({ socketUntil: null });
    else allow();
    claimLater(options, ending.signal, replicate).catch((error: unknown) => {
      if (!ending.signal.aborted) onLost(describeError(error), LONG_OVER);
    });
  } else {
    replicate(prepared.claim, prepared.copy);
  }
  poll();
  tellLag(board, timers);

  return {
    look: () => replication?.look(),
    async flush(deadlineMs) {
      if (replication === undefined) throw notReplicating(context);
      await replication.flush(deadlineMs);
      return replication.replicatedPosition;
    },
    recordSizes: createRecordSizes({ store, clock: context.clock, signal: ending.signal }),
    desk,
    handOver,
    rekey: (deadlineMs) => rekeying.finish(deadlineMs),
    confirm: async () => replication?.confirm(),
    rivalMet: () => replication?.rivalMet(),
    async finish(deadlineMs, mayRelease) {
      ending.abort(new Error("ending"));
      const othersStopped = Promise.all([snapshots.stop(), handOver.stop()]);
      // For an ordered restore this very folder comes back in a moment.
      const isReleased = mayRelease && !desk.restoring;
      await replication?.letGo(Math.max(0, deadlineMs - 2 * FAREWELL_MS), isReleased);
      timers.cancelAll();
      const replicated = replication?.replicatedPosition ?? 0;
      const unfinished = context.source === undefined ? 0 : store.changesSince(replicated, ALL).length;
      await within(clock, FAREWELL_MS, othersStopped);
      await store.close();
      return unfinished;
    },
  };
};
