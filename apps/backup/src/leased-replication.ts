import { describeError, errorCode } from "@blacksky/errors";
import { createRepeatGuard } from "@blacksky/logger";
import { LONG_OVER } from "@blacksky/machine";
import type { Expiry } from "@blacksky/machine";
import { releaseLease, renewLease } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "./context.ts";
import type { Claim } from "./lease/claim-lease.ts";
import { startLeaseRenewal } from "./lease/lease-renewal.ts";
import type { LeaseRenewal } from "./lease/lease-renewal.ts";
import { META } from "./restore/local-store.ts";
import { createChangeWriter } from "./replication/change-writer.ts";
import { createReplicator } from "./replication/replicator.ts";
import type { Replicator } from "./replication/replicator.ts";
import type { StatusBoard } from "./session-status.ts";
import { within } from "./within.ts";

export interface LeasedReplicationOptions {
  readonly context: Context;
  readonly store: Store;
  readonly claim: Claim;
  readonly copy: "feed" | "complete";
  readonly board: StatusBoard;
  /** Another process has the lease, or may have it once `socketUntil` has passed. */
  readonly onLost: (why: string, socketUntil: Expiry) => void;
}

/** Replication and the lease that it stands on. */
export interface LeasedReplication
  extends Pick<Replicator, "look" | "flush">, Pick<LeaseRenewal, "confirm" | "rivalMet"> {
  readonly replicatedPosition: number;
  /**
   * Flushes for at most `flushMs`, then lets go of the lease; some seconds more when the database does not answer.
   *
   * @param mayRelease false while a bot of ours may still live, or this very folder comes back: then the lease has to run out
   */
  letGo(flushMs: number, mayRelease: boolean): Promise<void>;
}

const FAILING = "The session cannot be replicated; changes wait on this disk.";

/** Longest wait for each of the last two words with the database. */
export const FAREWELL_MS = 1_500;

/** Renews the lease of a claim, and says on the board until when it allows a socket. */
const keepLease = (
  { context, store, claim, board, onLost }: LeasedReplicationOptions,
  failed: (error: unknown) => void,
  fence: () => void,
): LeaseRenewal => {
  const { database, lease } = claim;
  const { clock, log, pace } = context;
  const note = (contested: boolean): void => {
    const word = contested ? "yes" : "no";
    // Also for the process after this one, should it not reach the database.
    if (store.meta.get(META.contested) !== word) store.meta.set(META.contested, word);
  };
  const renewal = startLeaseRenewal({
    claim,
    renew: () => renewLease(database, lease, pace.leaseTtlMs),
    ttlMs: pace.leaseTtlMs,
    clock,
    log,
    onFenced: fence,
    onRenewed(contested) {
      note(contested);
      board.update({ databaseConnected: true, socketUntil: renewal.socketUntil });
    },
    onFailure: failed,
    onAlone: () => board.update({ socketUntil: renewal.socketUntil }),
    onEndangered() {
      note(true);
      onLost(
        "The database cannot be reached, and another process waits for the lease to run out.",
        renewal.socketUntil,
      );
    },
  });
  return renewal;
};

/** Replicates a store under a claim, and renews the lease meanwhile. */
export const startLeasedReplication = (options: LeasedReplicationOptions): LeasedReplication => {
  const { context, store, claim, board, onLost } = options;
  const { clock, log } = context;
  const { database, lease } = claim;
  const trouble = createRepeatGuard({ logger: log, clock });
  const writer = createChangeWriter(context, store, claim, options.copy);

  const failed = (error: unknown): void => {
    trouble.happened(FAILING, error);
    board.update({ databaseConnected: false, position: store.position });
  };
  const replicated = (position: number): void => {
    trouble.ended(FAILING);
    board.update({ databaseConnected: true, position: store.position, replicatedPosition: position });
  };
  const fenced = (cause: unknown): void => {
    renewal.stop();
    board.update({ lease: { held: false, epoch: lease.epoch } });
    const isGone = errorCode(cause) === "replica.gone";
    onLost(isGone ? describeError(cause) : "Another process has taken the lease on this session.", LONG_OVER);
  };

  const replicator = createReplicator({ context, store, writer, news: { replicated, failed, fenced } });
  const renewal = keepLease(options, failed, () => replicator.fence());
  const { socketUntil } = renewal;
  const held = { held: true, epoch: lease.epoch };
  board.update({
    databaseConnected: true,
    position: store.position,
    replicatedPosition: writer.position,
    socketUntil,
    lease: held,
  });
  replicator.look();

  return {
    get replicatedPosition() {
      return writer.position;
    },
    look: () => replicator.look(),
    flush: (deadlineMs) => replicator.flush(deadlineMs),
    confirm: () => renewal.confirm(),
    rivalMet: () => renewal.rivalMet(),
    async letGo(flushMs, mayRelease) {
      await replicator.flush(flushMs).catch((error: unknown) => {
        log.error("The last changes could not be replicated; they are on this disk.", { error });
      });
      renewal.stop();
      await within(clock, FAREWELL_MS, replicator.stop());
      // A lease that is let go says that nothing is missing; with changes left behind it has to run out.
      if (writer.isBehind() || !mayRelease) return;
      await within(clock, FAREWELL_MS, releaseLease(database, lease)).catch((error: unknown) => {
        log.warn("The lease could not be let go; it runs out by itself.", { error });
      });
    },
  };
};
