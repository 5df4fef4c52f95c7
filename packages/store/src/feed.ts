import type { TransactionSize } from "./data-file/space.ts";
import type { Environment } from "./environment.ts";
import { decodeEntry, encodeEntry } from "./feed-entry.ts";
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

/** What a change takes besides twice its key and once its value. */
const FEED_OVERHEAD_BYTES = 16;
/** So that a trim of a long feed blocks neither the event loop nor, for more than some 0.5 ms, another process's write. */
const TRIM_BATCH = 100;

/** Checks the keys; raises `store.invalid`. */
export const prepareChanges = (changes: Iterable<{ key: string; value: Uint8Array | undefined }>): PreparedChange[] => {
  const prepared: PreparedChange[] = [];
  for (const { key, value } of changes) prepared.push({ key: encodeKey(key), value });
  return prepared;
};

/** Room that these changes need. */
export const sizeOfChanges = (changes: readonly PreparedChange[]): TransactionSize => ({
  changes: changes.length,
  bytes: changes.reduce(
    (sum, { key, value }) =>
      sum + 2 * key.length + (value?.byteLength ?? 0) + RECORD_OVERHEAD_BYTES + FEED_OVERHEAD_BYTES,
    0,
  ),
});

/**
 * Applies writes to the records, and all of them together as one entry to the feed; inside a transaction. Answers with
 * the position of each one's last change.
 */
export const applyWrites = (environment: Environment, writes: readonly (readonly PreparedChange[])[]): number[] => {
  const { records, feed } = environment;
  if (isRestoring(environment)) throw incompleteStore(environment.path);
  const keys: Buffer[] = [];
  const before = readPosition(environment);
  const positions = writes.map((changes) => {
    for (const { key, value } of changes) {
      keys.push(key);
      if (value === undefined) records.removeSync(key);
      else records.putSync(key, encodeRecord(key, value));
    }
    return before + keys.length;
  });
  const position = before + keys.length;
  feed.putSync(encodePosition(position), encodeEntry(keys));
  writePosition(environment, position);
  return positions;
};

/** A changed key, and the position of its newest change. */
interface ChangedKey {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/**
 * Keys that changed after `position`, in the order of their newest change. A key that an entry repeats, or that a later
 * entry has again, is told once.
 */
export const readChangedKeys = (environment: Environment, position: number): Map<string, ChangedKey> => {
  const { feed, path } = environment;
  const found = new Map<string, ChangedKey>();
  let covered = 0;
  for (const { key, value } of feed.getRange({ start: encodePosition(position + 1) })) {
    const last = decodePosition(key);
    const keys = decodeEntry(value);
    if (last === undefined || keys === undefined) throw corruptStore(path, "its feed cannot be read");
    const first = last - keys.length + 1;
    if (first <= covered) throw corruptStore(path, "two entries of its feed overlap");
    covered = last;
    for (const [index, bytes] of keys.entries()) {
      if (first + index <= position) continue;
      const changed = decodeKey(bytes);
      // Deleted first: a map keeps the place of what it has.
      found.delete(changed);
      found.set(changed, { bytes, position: first + index });
    }
  }
  return found;
};

/** Changed keys after `position`, each with the value it has now. */
export const readFeed = (environment: Environment, position: number, limit: number): FeedEntry[] => {
  const { records } = environment;
  const entries: FeedEntry[] = [];
  const from = Math.max(0, position, readTrimmedPosition(environment));
  for (const [key, { bytes, position: at }] of readChangedKeys(environment, from)) {
    if (entries.length >= limit) break;
    const stored = records.getBinary(bytes);
    entries.push({ position: at, key, value: stored === undefined ? undefined : decodeRecord(bytes, stored) });
  }
  return entries;
};

/** Forgets at most a batch of the entries up to `position`; false when there may be more. */
const trimBatch = (environment: Environment, position: number): boolean => {
  const { feed } = environment;
  const keys = Array.from(feed.getKeys({ end: encodePosition(position + 1), limit: TRIM_BATCH }), (key) =>
    Buffer.from(key),
  );
  const isLast = keys.length < TRIM_BATCH;
  environment.transaction({ changes: keys.length + 1, bytes: 0 }, () => {
    let trimmed = readTrimmedPosition(environment);
    for (const key of keys) {
      feed.removeSync(key);
      trimmed = Math.max(trimmed, decodePosition(key) ?? 0);
    }
    // An entry that begins before `position` and ends behind it stays; what it tells of before is passed over.
    if (isLast) trimmed = Math.max(trimmed, Math.min(position, readPosition(environment)));
    writeTrimmedPosition(environment, trimmed);
  });
  return isLast;
};

/** Forgets feed entries up to `position`, in steps between which others may write. */
export const trimFeed = async (environment: Environment, position: number): Promise<void> => {
  if (position <= 0) return;
  while (!environment.reading(() => trimBatch(environment, position))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};
