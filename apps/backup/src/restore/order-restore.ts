import { randomUUID } from "node:crypto";

import { BlackskyError, errorCode } from "@blacksky/errors";
import { writeRestoreOrder } from "@blacksky/store";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { isDamage } from "../snapshot/snapshot-file.ts";
import type { Snapshots } from "../snapshot/snapshots.ts";
import { BEFORE_RESTORE } from "../snapshot/take-snapshot.ts";
import { describeLoss } from "./describe-loss.ts";
import { findInDatabase, findOnDisk, openCandidate } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { META } from "./local-store.ts";
import { isOfSession } from "./replace-store.ts";

/** A session that is open, and whose lease is ours where there is a database. */
export interface Restorable {
  readonly context: Context;
  readonly store: Store;
  readonly snapshots: Pick<Snapshots, "take" | "inTurn">;
  readonly claim: Claim | undefined;
}

const NOTHING_CHANGED = "Nothing was changed.";

const unreachable = (cause?: unknown): BlackskyError =>
  new BlackskyError("backup.notReplicating", "A restore needs the database, which cannot be reached now.", {
    hint: `Restore when it is back. ${NOTHING_CHANGED}`,
    cause,
  });

const findRows = async (context: Context, claim: Claim | undefined): Promise<Candidate[]> => {
  if (context.source === undefined) return [];
  if (claim === undefined) throw unreachable();
  try {
    return await findInDatabase(context, claim.database);
  } catch (error) {
    throw unreachable(error);
  }
};

/** Every place that has this snapshot. */
const findById = async (context: Context, claim: Claim | undefined, id: string): Promise<Candidate[]> => {
  const rows = await findRows(context, claim);
  const files = await findOnDisk(context);
  const found = [...rows, ...files.candidates].filter(({ description }) => description.id === id);
  if (found.length > 0) return found;
  const useless = files.useless.find((file) => file.id === id);
  if (useless?.why === "otherSession") {
    throw new BlackskyError("backup.otherSession", `Snapshot ${id} is of another session than ${context.sessionId}.`, {
      hint: `Start with that session's SESSION_ID to restore it. ${NOTHING_CHANGED}`,
    });
  }
  if (useless !== undefined) throw damaged(id);
  throw new BlackskyError("backup.noSnapshot", `There is no snapshot ${id.slice(0, 100)}.`, {
    hint: "The list of snapshots has their ids.",
  });
};

const damaged = (id: string, cause?: unknown): BlackskyError =>
  new BlackskyError("backup.snapshotCorrupt", `Snapshot ${id} is damaged wherever it is.`, {
    hint: `Restore another one. ${NOTHING_CHANGED}`,
    cause,
  });

const holdsSession = async (context: Context, candidate: Candidate): Promise<boolean> => {
  let found = false;
  for await (const { key } of openCandidate(context, candidate)) found ||= isOfSession(key);
  return found;
};

/** Reads it once: checksum, seal and count show only then. Resolves with the first place whose copy is whole. */
const findWhole = async (context: Context, id: string, candidates: readonly Candidate[]): Promise<Candidate> => {
  let last: unknown;
  for (const candidate of candidates) {
    try {
      if (await holdsSession(context, candidate)) return candidate;
      throw new BlackskyError("backup.emptySnapshot", `There is no session in snapshot ${id}.`, {
        hint: `Restore another one. ${NOTHING_CHANGED}`,
      });
    } catch (error) {
      if (errorCode(error).startsWith("database.")) throw unreachable(error);
      if (!isDamage(error)) throw error;
      context.log.error("A snapshot is damaged.", { id, rung: candidate.rung, error });
      last = error;
    }
  }
  throw damaged(id, last);
};

/**
 * Writes the order to put a snapshot in the place of an open session, once it is certain that this can be done and a
 * snapshot of what is here was taken. It is carried out at the next start.
 *
 * @returns the snapshot's position
 * @throws BlackskyError `backup.noSnapshot`, `backup.otherSession`, `backup.snapshotCorrupt`, `backup.emptySnapshot`,
 * `backup.wrongKey`, `backup.newerSnapshot`, `backup.olderSnapshot` without `force`, `backup.notReplicating`, and what
 * taking a snapshot throws. Then nothing was changed.
 */
export const orderRestore = async (
  { context, store, snapshots, claim }: Restorable,
  { id, force }: { readonly id: string; readonly force: boolean },
): Promise<number> => {
  const { sessionId, storePath, clock, log } = context;
  // In turn: one that is being sealed anew meanwhile would be read half as it was and half as it is.
  const { description } = await snapshots.inTurn(async () =>
    findWhole(context, id, await findById(context, claim, id)),
  );
  const epoch = Number(store.meta.get(META.epoch) ?? 0);
  const isSame = store.position === description.position && epoch === description.epoch;
  if (!force && !isSame) {
    throw new BlackskyError("backup.olderSnapshot", describeLoss(description, store.position, clock.now()), {
      hint: `To restore it all the same, say so with force. ${NOTHING_CHANGED}`,
    });
  }
  const kept = (await snapshots.take(BEFORE_RESTORE, id)).description;
  const basis = { position: kept.position, epoch };
  const order = { id: randomUUID(), sessionId, snapshotId: id, orderedAt: clock.now(), basis };
  await writeRestoreOrder(storePath, order);
  log.warn("A snapshot is to be restored; everything starts anew.", { id, kept: kept.id });
  return description.position;
};
