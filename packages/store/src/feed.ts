import type { TransactionSize } from "./data-file/space.ts";
import type { Environment } from "./environment.ts";
import { decodeKey, decodePosition, encodeKey, encodePosition } from "./key.ts";
import { isRestoring, readPosition, readTrimmedPosition, writePosition, writeTrimmedPosition } from "./meta.ts";
import { decodeRecord, encodeRecord, RECORD_OVERHEAD_BYTES } from "./record-codec.ts";
import { corruptStore, incompleteStore } from "./store-errors.ts";
import type { FeedEntry } from "./store.ts";

/** A change whose key was checked and encoded. */
export interface PreparedChange {
  readonly key: Buffer;
  readonly value: Uint8Array | undefined;
}

/** Positions and other bytes that a change takes besides three times its key and once its value. */
const FEED_OVERHEAD_BYTES = 64;
/** So that a trim of a long feed blocks neither the event loop nor, for more than some 0.5 ms, another process's write. */
const TRIM_BATCH = 100;

/** Checks the keys; raises `store.invalid`. */
export const prepareChanges = (changes: Iterable<{ key: string; value: Uint8Array | undefined }>): PreparedChange[] =>
  Array.from(changes, ({ key, value }) => ({ key: encodeKey(key), value }));

/** Room that these changes need. */
export const sizeOfChanges = (changes: readonly PreparedChange[]): TransactionSize => ({
  changes: changes.length,
  bytes: changes.reduce(
    (sum, { key, value }) =>
      sum + 3 * key.length + (value?.byteLength ?? 0) + RECORD_OVERHEAD_BYTES + FEED_OVERHEAD_BYTES,
    0,
  ),
});

/**
 * Applies writes to records and feed; inside a transaction. Answers with the position of each one's last change. The
 * store's own position is read and written once for all of them: under load that was half of the time.
 */
export const applyWrites = (environment: Environment, writes: readonly (readonly PreparedChange[])[]): number[] => {
  const { records, feed, index } = environment;
  if (isRestoring(environment)) throw incompleteStore(environment.path);
  let position = readPosition(environment);
  const apply = ({ key, value }: PreparedChange): void => {
    position += 1;
    const before = index.getBinary(key);
    if (before !== undefined) feed.removeSync(before);
    if (value === undefined) records.removeSync(key);
    else records.putSync(key, encodeRecord(key, value));
    const at = encodePosition(position);
    feed.putSync(at, key);
    index.putSync(key, at);
  };
  const positions = writes.map((changes) => {
    for (const change of changes) apply(change);
    return position;
  });
  writePosition(environment, position);
  return positions;
};

/** Entries after `position`, each with the value its key has now. */
export const readFeed = (environment: Environment, position: number, limit: number): FeedEntry[] => {
  const { records, feed, index, path } = environment;
  const range = feed.getRange({ start: encodePosition(Math.max(0, position) + 1), limit });
  // Copies: LMDB reuses the memory of an entry for the next read.
  const entries = Array.from(range, ({ key, value }) => ({
    at: decodePosition(Buffer.from(key)),
    key: Buffer.from(value),
  }));
  return entries.map(({ at, key }) => {
    const indexed = index.getBinary(key);
    if (at === undefined || indexed === undefined || decodePosition(indexed) !== at) {
      throw corruptStore(path, "its feed and the index of it disagree");
    }
    const stored = records.getBinary(key);
    const value = stored === undefined ? undefined : decodeRecord(key, stored);
    return { position: at, key: decodeKey(key), value };
  });
};

/** Forgets at most a batch of the entries up to `position`; false when there may be more. */
const trimBatch = (environment: Environment, position: number): boolean => {
  const { feed, index } = environment;
  const range = feed.getRange({ end: encodePosition(position + 1), limit: TRIM_BATCH });
  const entries = Array.from(range, ({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) }));
  environment.transaction({ changes: entries.length + 1, bytes: 0 }, () => {
    let trimmed = readTrimmedPosition(environment);
    for (const { key, value } of entries) {
      // Another process may have moved the key to a newer position since we looked.
      if (!feed.removeSync(key)) continue;
      index.removeSync(value);
      trimmed = Math.max(trimmed, decodePosition(key) ?? 0);
    }
    const isLast = entries.length < TRIM_BATCH;
    writeTrimmedPosition(
      environment,
      isLast ? Math.max(trimmed, Math.min(position, readPosition(environment))) : trimmed,
    );
  });
  return entries.length < TRIM_BATCH;
};

/** Forgets feed entries up to `position`, in steps between which others may write. */
export const trimFeed = async (environment: Environment, position: number): Promise<void> => {
  if (position <= 0) return;
  while (!environment.reading(() => trimBatch(environment, position))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};
