import { crc32 } from "node:zlib";
import { BlackskyError } from "@blacksky/errors";
import { kindOfKey } from "./key.ts";

const CHECKSUM_BYTES = 4;

/** Bytes that the checksum adds to a value. */
export const RECORD_OVERHEAD_BYTES = CHECKSUM_BYTES;

// The key is part of the sum: a value that ended up under another key is as wrong as a flipped bit.
const checksum = (key: Uint8Array, value: Uint8Array): number => crc32(value, crc32(key));

// One for all: LMDB copies a value before `putSync` returns, and finds the address of a buffer it knows at once.
let scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** A value as it lies in the store: CRC-32 of key and value, then the value. To be used before the next call. */
export const encodeRecord = (key: Uint8Array, value: Uint8Array): Buffer => {
  const bytes = CHECKSUM_BYTES + value.byteLength;
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(2 * bytes);
  scratch.writeUInt32LE(checksum(key, value), 0);
  scratch.set(value, CHECKSUM_BYTES);
  return scratch.subarray(0, bytes);
};

/**
 * The value in `stored`, which the answer shares its memory with. Raises `store.corruptRecord`: a damaged record is
 * never taken for an absent one.
 */
export const decodeRecord = (key: Uint8Array, stored: Uint8Array): Uint8Array => {
  const value = stored.subarray(CHECKSUM_BYTES);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (stored.byteLength >= CHECKSUM_BYTES && view.getUint32(0, true) === checksum(key, value)) return value;
  const kind = kindOfKey(Buffer.from(key).toString("utf8"));
  throw new BlackskyError("store.corruptRecord", `A stored record of kind ${kind} fails its checksum.`, {
    hint: "Archive the store and restore the session from its replica or a backup.",
  });
};
