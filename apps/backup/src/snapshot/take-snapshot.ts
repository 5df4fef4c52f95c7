import { randomBytes } from "node:crypto";

import { BlackskyError } from "@blacksky/errors";
import { createSnapshotClient } from "@blacksky/postgres";
import type { SnapshotDescription, SnapshotRetention } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { META } from "../restore/local-store.ts";
import { sealContent, SNAPSHOT_VERSION } from "./snapshot-content.ts";
import { readFileChunks } from "./snapshot-file.ts";
import { addSnapshotFile, retainSnapshotFiles } from "./snapshot-folder.ts";

/** The reason of the snapshots that come by themselves, which retention counts apart. */
export const SCHEDULED = "scheduled";

/** The reason of a snapshot of what a restore replaces: older than what comes, and no one's first choice. */
export const BEFORE_RESTORE = "before restore";

const until = function* <T>(signal: AbortSignal | undefined, items: Iterable<T>): Generator<T> {
  for (const item of items) {
    signal?.throwIfAborted();
    yield item;
  }
};

/** A snapshot that is on this disk at least. */
export interface TakenSnapshot {
  readonly description: SnapshotDescription;
  /** `failed`: the database did not take it, for the reason beside. `none`: there is none, or no lease yet. */
  readonly database: "written" | "failed" | "none";
  readonly error?: unknown;
}

// Sorts by time, is a file's name on every system, and nobody else has the same.
const newId = (nowMs: number): string =>
  `${new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-")}-${randomBytes(4).toString("hex")}`;

export interface TakeSnapshotOptions {
  /** Ends the reading of the store, and the snapshot with it. */
  readonly signal?: AbortSignal;
  /** The id of a snapshot that stays, however many come after it. */
  readonly spared?: string | undefined;
}

const upload = async (
  { database, lease }: Claim,
  { path, description }: { readonly path: string; readonly description: SnapshotDescription },
  retention: SnapshotRetention,
): Promise<void> => {
  await createSnapshotClient(database).write(lease, description, readFileChunks(path), retention);
};

/**
 * Takes a snapshot of a store at one position: into a file first, because the store cannot use old pages again while it
 * is read, and from there into PostgreSQL.
 *
 * @throws BlackskyError `backup.emptySession` when there is nothing to keep, `backup.snapshotFile`, and what the store
 * throws; a database that fails is told in the answer
 */
export const takeSnapshot = async (
  context: Context,
  store: Store,
  claim: Claim | undefined,
  reason: string,
  { signal, spared }: TakeSnapshotOptions = {},
): Promise<TakenSnapshot> => {
  const { sessionId, snapshots, clock } = context;
  const { seal, folder, retention } = snapshots;
  const createdAt = clock.now();
  const written = await store.readMoment(async ({ position, entries }) => {
    if (position === 0)
      throw new BlackskyError("backup.emptySession", "There is no session yet to take a snapshot of.");
    const head = {
      id: newId(createdAt),
      sessionId,
      position,
      epoch: Number(store.meta.get(META.epoch) ?? 0),
      schemaVersion: SNAPSHOT_VERSION,
      keyFingerprint: seal.fingerprint,
      reason,
      createdAt,
    };
    return addSnapshotFile(folder, head, sealContent(head, until(signal, entries), seal));
  });
  const keeping = { keep: retention, scheduledReason: SCHEDULED, spared };
  await retainSnapshotFiles(folder, keeping);
  const { description } = written;
  if (claim === undefined) return { description, database: "none" };
  try {
    await upload(claim, written, keeping);
    return { description, database: "written" };
  } catch (error) {
    return { description, database: "failed", error };
  }
};
