import { rm } from "node:fs/promises";

import { BlackskyError } from "@blacksky/errors";
import { createSnapshotClient } from "@blacksky/postgres";
import type { SnapshotDescription } from "@blacksky/postgres";

import type { Claim } from "../lease/claim-lease.ts";
import type { Seal } from "../seal/seal.ts";
import { openChunks } from "../snapshot/sealed-chunks.ts";
import { resealContent } from "../snapshot/snapshot-content.ts";
import { readFileChunks, UNFINISHED_SUFFIX, writeSnapshotFile } from "../snapshot/snapshot-file.ts";

/** What one snapshot is sealed with, and what it shall be sealed with. */
export interface Reseal {
  readonly description: SnapshotDescription;
  readonly from: Seal;
  readonly to: Seal;
}

// Not told as damage of the snapshot, which is still as it was: it is tried again.
const readBack = async (chunks: AsyncIterable<Uint8Array>, written: SnapshotDescription, seal: Seal): Promise<void> => {
  try {
    for await (const _ of openChunks(written, chunks, seal)) continue;
  } catch (cause) {
    throw new BlackskyError("backup.notReadBack", `Snapshot ${written.id} was not read back as it was written.`, {
      hint: "It was left as it is. Check the disk.",
      cause,
    });
  }
};

/**
 * Seals a snapshot on this disk anew; it is whole under one key or the other at every moment.
 *
 * @throws BlackskyError `backup.snapshotCorrupt` for one that is damaged, which stays as it is; `backup.notReadBack`, or
 * the system's error
 */
export const resealFile = async (path: string, { description, from, to }: Reseal): Promise<void> => {
  const { head, content } = resealContent(description, readFileChunks(path), from, to);
  // Of a process that died in the middle of this.
  await rm(`${path}${UNFINISHED_SUFFIX}`, { force: true });
  await writeSnapshotFile(path, head, content, (unfinished, written) =>
    readBack(readFileChunks(unfinished), written, to),
  );
};

/**
 * As `resealFile`, in PostgreSQL.
 *
 * @param signal ends it half way, which changes nothing
 * @returns false when it is gone by now
 */
export const resealRows = (
  { database, lease }: Claim,
  { description, from, to }: Reseal,
  signal: AbortSignal,
): Promise<boolean> =>
  createSnapshotClient(database).exchange(lease, description.id, async (exchange) => {
    const { head, content } = resealContent(description, exchange.readChunks(), from, to);
    let index = 0;
    for await (const chunk of content.chunks) {
      signal.throwIfAborted();
      await exchange.put(index, chunk);
      index += 1;
    }
    const written = { ...head, ...content.tail() };
    await readBack(exchange.readChunks(), written, to);
    return written;
  });
