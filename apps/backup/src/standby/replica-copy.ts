import { createReplicaClient, incompleteReplica } from "@blacksky/postgres";
import type { Database, ReplicaRecord, ReplicaTotals } from "@blacksky/postgres";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import { BATCH_ROWS, openRecords, sealOfReplica } from "../restore/restore-replica.ts";
import { removeStore } from "../restore/replace-store.ts";
import { missingKeys } from "./missing-keys.ts";

/** What a copy must have in common with a replica to follow it. */
export type CopyOrigin = Pick<ReplicaTotals, "id" | "schemaVersion" | "keyFingerprint" | "position">;

/** A store that equals a replica as it was at one moment. */
export interface ReplicaCopy {
  readonly store: Store;
  /** The replica at that moment. */
  readonly origin: CopyOrigin;
}

/** Whether what has changed since is all that a copy lacks; else it must be made anew. */
export const canFollow = (copied: CopyOrigin, now: CopyOrigin): boolean =>
  copied.id === now.id &&
  copied.schemaVersion === now.schemaVersion &&
  copied.keyFingerprint === now.keyFingerprint &&
  copied.position <= now.position;

const toOrigin = ({ id, schemaVersion, keyFingerprint, position }: CopyOrigin): CopyOrigin => ({
  id,
  schemaVersion,
  keyFingerprint,
  position,
});

async function* whileWanted(
  batches: AsyncIterable<readonly ReplicaRecord[]>,
  signal: AbortSignal,
): AsyncGenerator<readonly ReplicaRecord[]> {
  for await (const batch of batches) {
    signal.throwIfAborted();
    yield batch;
  }
}

/**
 * Copies a replica into a new store. Nothing is locked, and no lease is needed.
 *
 * @throws what keeps it from being read whole, or the signal's reason; then there is no store
 */
export const copyReplica = async (
  context: Context,
  database: Database,
  path: string,
  signal: AbortSignal,
): Promise<ReplicaCopy> => {
  const store = openStore({ path });
  try {
    const client = createReplicaClient(database);
    const origin = await client.read(context.sessionId, BATCH_ROWS, async (reading) => {
      const seal = sealOfReplica(context, reading);
      await store.restore(openRecords(whileWanted(reading.batches, signal), seal), reading.position);
      return toOrigin(reading);
    });
    return { store, origin };
  } catch (error) {
    await removeStore(store);
    throw error;
  }
};

/**
 * Brings a copy up to the replica as it is now.
 *
 * @returns the copy, and how old the newest record is; `undefined` when it cannot follow this replica
 * @throws what keeps the replica from being read, `backup.recordCorrupt`, `replica.incomplete`, or the signal's reason;
 * the copy is then not to be used, but may be brought up again
 */
export const updateCopy = (
  context: Context,
  database: Database,
  { store, origin }: ReplicaCopy,
  signal: AbortSignal,
): Promise<{ readonly copy: ReplicaCopy; readonly ageMs: number } | undefined> => {
  const { sessionId } = context;
  return createReplicaClient(database).follow(sessionId, origin.position, BATCH_ROWS, async (increment) => {
    if (!canFollow(origin, increment)) return undefined;
    const seal = sealOfReplica(context, increment);
    const isWhole = (): boolean => store.count("") === increment.recordCount;
    await store.catchUp(increment.position, async (put) => {
      for await (const batch of whileWanted(increment.changed, signal)) {
        put(batch.map(({ key, value }) => ({ key, value: seal.open(key, value) })));
      }
      // All that is there now is in the copy by now; it may have more, of what was deleted.
      if (isWhole()) return;
      for await (const keys of missingKeys(store.keys(""), increment.keys)) {
        put(keys.map((key) => ({ key, value: undefined })));
      }
      if (!isWhole()) throw incompleteReplica(sessionId, increment.recordCount, store.count(""));
    });
    return { copy: { store, origin: toOrigin(increment) }, ageMs: increment.ageMs };
  });
};
