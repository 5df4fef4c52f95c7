const LENGTH_BYTES = 2;

/** The keys that one commit changed, in the order of their positions: each behind its length (2 bytes). */
export const encodeEntry = (keys: readonly Uint8Array[]): Buffer => {
  const entry = Buffer.allocUnsafe(keys.reduce((sum, key) => sum + LENGTH_BYTES + key.length, 0));
  let at = 0;
  for (const key of keys) {
    at = entry.writeUInt16LE(key.length, at);
    entry.set(key, at);
    at += key.length;
  }
  return entry;
};

/** The keys of an entry, in its memory; `undefined` when it is none. */
export const decodeEntry = (entry: Uint8Array): Uint8Array[] | undefined => {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  const keys: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + LENGTH_BYTES > bytes.length) return undefined;
    const from = at + LENGTH_BYTES;
    at = from + bytes.readUInt16LE(at);
    if (at > bytes.length) return undefined;
    keys.push(bytes.subarray(from, at));
  }
  return keys.length === 0 ? undefined : keys;
};
