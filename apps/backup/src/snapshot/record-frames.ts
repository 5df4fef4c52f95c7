import type { StoredRecord } from "@blacksky/store";

import { snapshotCorrupt } from "./snapshot-errors.ts";

// A record: length of the key (2 bytes), length of the value (4 bytes), key, value.
const HEADER_BYTES = 6;
const BLOCK_BYTES = 64 * 1024;

const encode = ({ key, value }: StoredRecord): Buffer[] => {
  const keyBytes = Buffer.from(key, "utf8");
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt16LE(keyBytes.length, 0);
  header.writeUInt32LE(value.byteLength, 2);
  return [header, keyBytes, Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
};

/** Records as bytes, in blocks of some 64 KB; a larger record is a block by itself. */
export const encodeRecords = function* (records: Iterable<StoredRecord>): Generator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const record of records) {
    for (const part of encode(record)) {
      parts.push(part);
      bytes += part.length;
    }
    if (bytes < BLOCK_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(parts);
};

/**
 * The records in bytes that come in pieces of any size; holds one piece and the beginning of one record.
 *
 * @throws BlackskyError `backup.snapshotCorrupt` when the bytes end in the middle of a record
 */
export async function* decodeRecords(pieces: AsyncIterable<Buffer>): AsyncGenerator<StoredRecord> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = HEADER_BYTES;
  for await (const piece of pieces) {
    waiting.push(piece);
    waitingBytes += piece.length;
    // A record of many pieces is joined once, when all of it is here.
    if (waitingBytes < neededBytes) continue;
    const bytes = Buffer.concat(waiting);
    let at = 0;
    for (;;) {
      neededBytes = HEADER_BYTES;
      if (bytes.length - at < neededBytes) break;
      const keyBytes = bytes.readUInt16LE(at);
      const valueBytes = bytes.readUInt32LE(at + 2);
      neededBytes += keyBytes + valueBytes;
      if (bytes.length - at < neededBytes) break;
      const valueAt = at + HEADER_BYTES + keyBytes;
      const value = bytes.subarray(valueAt, valueAt + valueBytes);
      yield { key: bytes.toString("utf8", at + HEADER_BYTES, valueAt), value };
      at = valueAt + valueBytes;
    }
    waiting = [bytes.subarray(at)];
    waitingBytes = bytes.length - at;
  }
  if (waitingBytes > 0) throw snapshotCorrupt("it ends in the middle of a record");
}
