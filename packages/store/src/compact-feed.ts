import type { Environment } from "./environment.ts";
import { encodeEntry } from "./feed-entry.ts";
import { readChangedKeys } from "./feed.ts";
import { encodePosition } from "./key.ts";
import { readCompactedPosition, readPosition, readTrimmedPosition, writeCompactedPosition } from "./meta.ts";

/**
 * Changes that nobody has replicated may repeat the same few keys for days. After so many of them each key is written
 * once: rarely enough to cost a microsecond a change, and the feed stays shorter than this and all keys together.
 */
export const COMPACT_EVERY = 20_000;
/** How often it is worth a look. */
const LOOK_EVERY = 1_024;

const isDue = (environment: Environment): boolean => {
  const since = Math.max(readTrimmedPosition(environment), readCompactedPosition(environment));
  return readPosition(environment) - since > COMPACT_EVERY;
};

/**
 * Writes each key of the feed once, in one entry. The entry ends at the newest position, so its keys seem to have changed
 * a little later than they did: whoever follows the feed may read a key once more, but misses none.
 */
const compact = (environment: Environment): void => {
  const { feed } = environment;
  const bytesOf = (): number =>
    Array.from(feed.getRange({}), ({ value }) => value.byteLength).reduce((sum, bytes) => sum + bytes, 0);
  environment.transaction({ changes: feed.getKeysCount() + 2, bytes: bytesOf() }, () => {
    const changed = readChangedKeys(environment, readTrimmedPosition(environment));
    const keys = Array.from(changed.values(), ({ bytes }) => bytes);
    const position = readPosition(environment);
    for (const entry of Array.from(feed.getKeys({}), (key) => Buffer.from(key))) feed.removeSync(entry);
    if (keys.length > 0) feed.putSync(encodePosition(position), encodeEntry(keys));
    writeCompactedPosition(environment, position);
  });
};

/** To be called after a commit that brought the store from one position to another. */
export const compactFeed = (environment: Environment, before: number, after: number): void => {
  if (Math.floor(before / LOOK_EVERY) === Math.floor(after / LOOK_EVERY)) return;
  environment.reading(() => {
    if (isDue(environment)) compact(environment);
  });
};
