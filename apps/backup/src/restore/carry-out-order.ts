import { errorCode } from "@blacksky/errors";
import { readRestoreOrder, removeRestoreOrder } from "@blacksky/store";
import type { RestoreOrder } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { isDamage } from "../snapshot/snapshot-file.ts";
import { findInDatabase, findOnDisk } from "./candidates.ts";
import { META } from "./local-store.ts";
import type { FoundStore } from "./local-store.ts";
import type { Retirement } from "./replace-store.ts";
import { restoreCandidate } from "./restore-candidate.ts";
import type { RestoredSnapshot } from "./restore-snapshot.ts";

const KEPT = "The session is kept as it is; order the restore again if it is still wanted.";

/** The order for this store, if there is one that still has to be carried out; one that nobody can read is removed. */
export const findOrder = ({ storePath, sessionId, log }: Context, { store }: FoundStore): RestoreOrder | undefined => {
  let order: RestoreOrder | undefined;
  try {
    order = readRestoreOrder(storePath);
  } catch (error) {
    if (errorCode(error) !== "store.restoreOrder") throw error;
    log.error(`A restore was ordered, but nobody can read which. ${KEPT}`, { error });
    removeRestoreOrder(storePath);
    return undefined;
  }
  if (order === undefined) return undefined;
  // The process that carried it out died before it could say so.
  if (store?.meta.get(META.order) === order.id) {
    removeRestoreOrder(storePath);
    return undefined;
  }
  if (order.sessionId === sessionId) return order;
  log.error(`A restore was ordered for another session. ${KEPT}`);
  removeRestoreOrder(storePath);
  return undefined;
};

export interface CarryOutOptions {
  /** The lease, where there is a database. */
  readonly claim: Claim | undefined;
  readonly retirement: Retirement;
  /** The position of the store that is here; 0 without one. */
  readonly position: number;
}

/** Somebody else has gone on with the session after the order was given: it was not meant for that. */
const wasContinued = ({ basis }: RestoreOrder, claim: Claim | undefined): boolean =>
  basis !== null && claim !== undefined && claim.replica.writtenEpoch > basis.epoch;

// What can be known to be no fault of the surroundings: the same start would not go any better.
const HOPELESS = new Set(["backup.wrongKey", "backup.newerSnapshot"]);

/**
 * Carries out an order to restore a snapshot, whatever the ladder would say. What cannot be done any more is dropped, and
 * the session that is here stays; the order is gone in either case, and not before.
 *
 * @returns `undefined` when the order was dropped
 * @throws what keeps a snapshot from being read, and what `replaceStore` throws; then the order stays
 */
export const carryOutOrder = async (
  context: Context,
  order: RestoreOrder,
  { claim, retirement, position }: CarryOutOptions,
): Promise<RestoredSnapshot | undefined> => {
  const { log, clock, storePath } = context;
  const { id: orderId, snapshotId: id, basis } = order;
  const drop = (why: string, error?: unknown): undefined => {
    log.error(`Snapshot ${id} is not restored: ${why}. ${KEPT}`, error === undefined ? {} : { error });
    removeRestoreOrder(storePath);
  };
  if (wasContinued(order, claim)) return drop("another process has gone on with the session meanwhile");

  const rows = claim === undefined ? [] : await findInDatabase(context, claim.database);
  const candidates = [...rows, ...(await findOnDisk(context)).candidates].filter(
    ({ description }) => description.id === id,
  );
  let damage: unknown;
  for (const candidate of candidates) {
    const { rung, description } = candidate;
    try {
      const beyond = Math.max(position, basis?.position ?? 0);
      const store = await restoreCandidate(context, { claim, retirement, beyond, orderId }, candidate);
      if (store === undefined) return drop("there is no session in it");
      removeRestoreOrder(storePath);
      const ageMs = Math.max(0, clock.now() - description.createdAt);
      log.warn("The session was restored from a snapshot, as it was ordered.", { id, rung, ageMs });
      return { store, rung, ageMs };
    } catch (error) {
      if (HOPELESS.has(errorCode(error))) return drop("it cannot be read with this build and this key", error);
      if (!isDamage(error)) throw error;
      damage = error;
    }
  }
  return drop(candidates.length === 0 ? "it is not there any more" : "it is damaged wherever it is", damage);
};
