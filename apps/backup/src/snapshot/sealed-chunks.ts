import { createHash } from "node:crypto";

import type { SnapshotDescription, SnapshotHead, SnapshotTail } from "@blacksky/postgres";

import type { Seal } from "../seal/seal.ts";
import { snapshotCorrupt } from "./snapshot-errors.ts";

/** The content of a snapshot as it is written. */
export interface SealedContent {
  /** To be read once, to its end. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Known when all chunks were read. */
  tail(): SnapshotTail;
}

// Bound into every chunk: none opens under another snapshot's name, position or number.
const bindingOf = (head: SnapshotHead): string => {
  const { id, sessionId, position, epoch, schemaVersion, keyFingerprint, reason, createdAt } = head;
  const words = [id, sessionId, position, epoch, schemaVersion, keyFingerprint, reason, createdAt];
  return createHash("sha256").update(JSON.stringify(words)).digest("hex");
};

const chunkName = (binding: string, index: number | "end"): string => `snapshot/${binding}/${index}`;

/**
 * Seals chunks as they come, and behind them an end that says how many they are.
 *
 * @param recordCount asked when all have come
 */
export const sealChunks = (
  head: SnapshotHead,
  plain: AsyncIterable<Buffer>,
  recordCount: () => number,
  seal: Seal,
): SealedContent => {
  const binding = bindingOf(head);
  const hash = createHash("sha256");
  let bytes = 0;
  let tail: SnapshotTail | undefined;
  const sealed = (name: number | "end", content: Buffer): Uint8Array => {
    const chunk = seal.seal(chunkName(binding, name), content);
    hash.update(chunk);
    bytes += chunk.byteLength;
    return chunk;
  };
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    let index = 0;
    for await (const chunk of plain) {
      yield sealed(index, chunk);
      index += 1;
    }
    const count = recordCount();
    yield sealed("end", Buffer.from(JSON.stringify({ chunks: index, recordCount: count })));
    tail = { recordCount: count, bytes, checksum: hash.digest("hex") };
  };
  return {
    chunks: chunks(),
    tail() {
      if (tail === undefined) throw new Error("the content was not read to its end");
      return tail;
    },
  };
};

const openChunk = (seal: Seal, name: string, chunk: Uint8Array): Buffer => {
  try {
    return Buffer.from(seal.open(name, chunk));
  } catch (cause) {
    throw snapshotCorrupt("a part of it fails its check", cause);
  }
};

/**
 * The chunks of a snapshot as they were before they were sealed. That something is missing shows at the end.
 *
 * @throws BlackskyError `backup.snapshotCorrupt`, or what `chunks` throws
 */
export async function* openChunks(
  snapshot: SnapshotDescription,
  chunks: AsyncIterable<Uint8Array>,
  seal: Seal,
): AsyncGenerator<Buffer> {
  const binding = bindingOf(snapshot);
  const hash = createHash("sha256");
  let bytes = 0;
  let index = 0;
  let newest: Uint8Array | undefined;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    // Only the one behind which nothing comes is the end.
    if (newest !== undefined) {
      yield openChunk(seal, chunkName(binding, index), newest);
      index += 1;
    }
    newest = chunk;
  }
  if (newest === undefined) throw snapshotCorrupt("it has no content");
  if (bytes !== snapshot.bytes || hash.digest("hex") !== snapshot.checksum) {
    throw snapshotCorrupt("its checksum is wrong");
  }
  const end = openChunk(seal, chunkName(binding, "end"), newest).toString();
  if (end !== JSON.stringify({ chunks: index, recordCount: snapshot.recordCount })) {
    throw snapshotCorrupt("it is not complete");
  }
}
