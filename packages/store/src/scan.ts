import type { Environment } from "./environment.ts";
import { afterPrefix, decodeKey, encodeKey } from "./key.ts";
import { decodeRecord } from "./record-codec.ts";
import type { StoredRecord } from "./store.ts";

/** Keys fetched at once. No cursor stays open between two batches, so a slow reader holds no old pages. */
const BATCH = 256;

const scanKeys = function* (environment: Environment, prefix: string): Generator<Buffer> {
  const first = Buffer.from(prefix, "utf8");
  const end = afterPrefix(first);
  let range: { start?: Buffer; exclusiveStart?: boolean } = first.length === 0 ? {} : { start: first };
  for (;;) {
    const { start, exclusiveStart = false } = range;
    const keys = environment.reading(() =>
      Array.from(
        environment.records.getKeys({
          limit: BATCH,
          ...(start === undefined ? {} : { start, exclusiveStart }),
          ...(end === undefined ? {} : { end }),
        }),
        (key) => Buffer.from(key),
      ),
    );
    yield* keys;
    const last = keys.at(-1);
    if (last === undefined || keys.length < BATCH) return;
    range = { start: last, exclusiveStart: true };
  }
};

/** The value of one key. */
export const readRecord = (environment: Environment, key: string): Uint8Array | undefined => {
  const bytes = encodeKey(key);
  const stored = environment.reading(() => environment.records.getBinary(bytes));
  return stored === undefined ? undefined : decodeRecord(bytes, stored);
};

/** Keys with a prefix. */
export const readKeys = function* (environment: Environment, prefix: string): Generator<string> {
  for (const key of scanKeys(environment, prefix)) yield decodeKey(key);
};

/** Keys and values with a prefix. */
export const readEntries = function* (environment: Environment, prefix: string): Generator<StoredRecord> {
  for (const key of scanKeys(environment, prefix)) {
    const stored = environment.reading(() => environment.records.getBinary(key));
    if (stored !== undefined) yield { key: decodeKey(key), value: decodeRecord(key, stored) };
  }
};

/** How many keys have a prefix. */
export const countKeys = (environment: Environment, prefix: string): number => {
  const start = Buffer.from(prefix, "utf8");
  const end = afterPrefix(start);
  return environment.reading(() =>
    environment.records.getKeysCount({
      ...(start.length === 0 ? {} : { start }),
      ...(end === undefined ? {} : { end }),
    }),
  );
};
