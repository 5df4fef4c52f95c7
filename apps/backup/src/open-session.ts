import type { ReplicaState } from "@blacksky/postgres";
import type { RestoreOrder } from "@blacksky/store";

import type { Context } from "./context.ts";
import { claimLease } from "./lease/claim-lease.ts";
import type { ClaimOutcome } from "./lease/claim-lease.ts";
import { judge } from "./restore/ladder.ts";
import type { LocalStore } from "./restore/ladder.ts";
import { findOrder } from "./restore/carry-out-order.ts";
import { findLocalStore } from "./restore/local-store.ts";
import { prepareStore } from "./restore/prepare-store.ts";
import type { PreparedStore } from "./restore/prepare-store.ts";
import type { StatusBoard } from "./session-status.ts";
import { createPrefetch, forgetPrefetched } from "./standby/prefetch.ts";

const patienceFor = ({ pace }: Context, local: LocalStore): number =>
  local.status === "intact" && local.epoch > 0 ? pace.degradedAfterMs : pace.unreachableMs;

/** Whoever stood by for the lease has it by now: nothing but the database can say that it is ours again. */
const isContested = (local: LocalStore): boolean => local.status === "intact" && local.contested;

/** An ordered restore waits for the database: the session must not move on before it. */
const patienceWith = (context: Context, local: LocalStore, order: RestoreOrder | undefined): number =>
  order !== undefined || isContested(local) ? Infinity : patienceFor(context, local);

/** Whether the local store would give way to this replica: one that goes on needs no copy. */
const wouldRestore = ({ seal }: Context, local: LocalStore, state: ReplicaState): boolean =>
  judge(local, { status: "held", state }, seal).action === "restore";

/**
 * From nothing to a store that the bot may open: looks at the local store, takes the lease (standing by as long as another
 * process holds it, and copying its replica meanwhile), and climbs the restore ladder.
 *
 * @param onOtherHolds told at each look that finds the lease with another process
 * @throws whatever makes it fail closed, or the signal's reason
 */
export const openSession = async (
  context: Context,
  board: StatusBoard,
  signal: AbortSignal,
  onOtherHolds: () => void,
): Promise<PreparedStore> => {
  const { source, storePath, log } = context;
  const prefetch = createPrefetch(context, (position, replicatedPosition) =>
    board.update({ position, replicatedPosition }),
  );
  const claimUnless = async (patienceMs: number): Promise<ClaimOutcome | undefined> => {
    if (source === undefined) return undefined;
    return claimLease({
      context,
      source,
      patienceMs,
      signal,
      onAttempt(attempt) {
        board.update({ databaseConnected: attempt === "heldByAnother" });
        if (attempt === "heldByAnother") onOtherHolds();
      },
      onSeen(database, replica) {
        if (wouldRestore(context, first.local, replica)) prefetch.see(database, replica);
      },
    });
  };

  forgetPrefetched(context);
  const first = await findLocalStore(storePath);
  if (first.local.status === "broken") {
    log.error("The local store is damaged. It is kept as it is, and the session is looked for in the database.", {
      reason: first.local.reason,
    });
  }
  const order = findOrder(context, first);
  if (order !== undefined) log.info("A restore is ordered; it is carried out before anything else.");
  let prepared: PreparedStore;
  try {
    const outcome = await claimUnless(patienceWith(context, first.local, order));
    board.update({ phase: "restoring", databaseConnected: outcome?.status === "claimed" });
    prepared = await prepareStore(context, first, outcome, { order, prefetch });
  } catch (error) {
    await first.store?.close();
    throw error;
  } finally {
    await prefetch.discard();
  }
  const { store, restoredFrom, restoredAgeMs, claim } = prepared;
  if (restoredFrom === "replica") {
    log.info("The session was restored from its replica.", { position: store.position, ageMs: restoredAgeMs });
  }
  if (restoredFrom === "fresh") log.info("There is no session yet; a new one may begin.");
  if (restoredFrom === "local" && source !== undefined && claim === undefined) {
    log.warn("The database cannot be reached; going on with the session on this disk, which it last belonged to.");
  }
  board.update({ position: store.position, restoredFrom, restoredAgeMs });
  return prepared;
};
