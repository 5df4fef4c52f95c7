import type { StoredRecord } from "@blacksky/store";
import { bundleDamaged } from "../../session-errors.ts";

const HEAD_BYTES = 6;
/** Enough that a frame's overhead is nothing, little enough for a small dyno. */
const FRAME_BYTES = 256 * 1024;

const encode = ({ key, value }: StoredRecord): Buffer => {
  const keyBytes = Buffer.from(key, "utf8");
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(keyBytes.length, 0);
  head.writeUInt32BE(value.byteLength, 2);
  return Buffer.concat([head, keyBytes, value]);
};

/** Packs records into texts of about 256 KB; a larger record has one of its own. */
export const packRecords = function* (
  records: Iterable<StoredRecord>,
): Generator<{ readonly text: Buffer; readonly count: number }> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const record of records) {
    const part = encode(record);
    parts.push(part);
    bytes += part.length;
    if (bytes < FRAME_BYTES) continue;
    yield { text: Buffer.concat(parts), count: parts.length };
    parts = [];
    bytes = 0;
  }
  if (parts.length > 0) yield { text: Buffer.concat(parts), count: parts.length };
};

/** The records of one text. Raises `session.bundleDamaged`. */
export const unpackRecords = function* (text: Buffer): Generator<StoredRecord> {
  let at = 0;
  while (at < text.length) {
    if (at + HEAD_BYTES > text.length) throw bundleDamaged("a record in it is cut off");
    const keyEnd = at + HEAD_BYTES + text.readUInt16BE(at);
    const end = keyEnd + text.readUInt32BE(at + 2);
    if (end > text.length) throw bundleDamaged("a record in it is cut off");
    yield { key: text.toString("utf8", at + HEAD_BYTES, keyEnd), value: text.subarray(keyEnd, end) };
    at = end;
  }
};
