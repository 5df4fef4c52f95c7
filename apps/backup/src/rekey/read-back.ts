import { createReplicaClient, createSnapshotClient } from "@blacksky/postgres";
import type { SnapshotDescription } from "@blacksky/postgres";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { wrongKey } from "../restore/choose-seal.ts";
import { openContent } from "../snapshot/snapshot-content.ts";
import { isDamage, readFileChunks } from "../snapshot/snapshot-file.ts";
import { listSnapshotFiles } from "../snapshot/snapshot-folder.ts";
import type { Snapshots } from "../snapshot/snapshots.ts";

/** How much opens with the present key. */
export interface ReadBack {
  /** Of the replica: all there are. */
  readonly records: number;
  /** In PostgreSQL, and on this disk. */
  readonly snapshots: number;
  readonly files: number;
  /** Names the snapshots that do not. */
  readonly unreadable: readonly string[];
}

const BATCH_ROWS = 500;

const readReplica = ({ sessionId, seal }: Context, { database }: Claim): Promise<number> =>
  createReplicaClient(database).read(sessionId, BATCH_ROWS, async ({ batches, keyFingerprint, recordCount }) => {
    if (recordCount > 0 && keyFingerprint !== seal.fingerprint) throw wrongKey(sessionId, seal, "The replica");
    let records = 0;
    for await (const batch of batches) {
      for (const { key, value } of batch) seal.open(key, value);
      records += batch.length;
    }
    return records;
  });

/**
 * Reads everything of the session with the present key alone, to its last record.
 *
 * @param claim the lease, where there is a database
 * @throws BlackskyError `backup.wrongKey`, `backup.recordCorrupt` or `replica.incomplete` when it is not so with the replica
 */
export const readBack = async (
  context: Context,
  claim: Claim | undefined,
  snapshots: Pick<Snapshots, "inTurn">,
): Promise<ReadBack> => {
  const { sessionId } = context;
  const { seal, folder } = context.snapshots;
  const unreadable: string[] = [];

  const opens = (
    what: string,
    description: SnapshotDescription | undefined,
    chunks: () => AsyncIterable<Uint8Array>,
  ): Promise<boolean> =>
    snapshots.inTurn(async (signal) => {
      try {
        if (description?.keyFingerprint === seal.fingerprint) {
          for await (const _ of openContent(description, chunks(), seal)) signal.throwIfAborted();
          return true;
        }
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
      unreadable.push(what);
      return false;
    });

  const counts = { records: 0, snapshots: 0, files: 0 };
  if (claim !== undefined) {
    counts.records = await readReplica(context, claim);
    const client = createSnapshotClient(claim.database);
    for (const description of await client.list(sessionId)) {
      const { id } = description;
      if (await opens(`snapshot ${id}`, description, () => client.readChunks(id))) counts.snapshots += 1;
    }
  }
  for (const { path, description } of await listSnapshotFiles(folder)) {
    if (await opens(path, description, () => readFileChunks(path))) counts.files += 1;
  }
  return { ...counts, unreadable };
};
