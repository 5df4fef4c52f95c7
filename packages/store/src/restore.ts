import { BlackskyError } from "@blacksky/errors";
import type { Environment } from "./environment.ts";
import { prepareChanges, sizeOfChanges } from "./feed.ts";
import { isRestoring, readPosition, writePosition, writeRestoring, writeTrimmedPosition } from "./meta.ts";
import { encodeRecord } from "./record-codec.ts";
import { invalidRequest } from "./store-errors.ts";
import type { RecordChange, RecordSource, StoredRecord } from "./store.ts";

/** A batch is a transaction: small enough to keep memory and the event loop free, large enough to be fast. */
const BATCH_RECORDS = 1_000;
const BATCH_BYTES = 1 << 20;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const begin = (environment: Environment): void =>
  environment.transaction({ changes: 1, bytes: 0 }, () => {
    const { records, feed, path } = environment;
    const used = records.getKeysCount({ limit: 1 }) + feed.getKeysCount({ limit: 1 }) + readPosition(environment);
    if (used > 0 || isRestoring(environment)) {
      throw new BlackskyError("store.notEmpty", `The store at ${path} is not empty; nothing was restored.`, {
        hint: "Archive it and restore into a new one.",
      });
    }
    writeRestoring(environment, true);
  });

/** Applies changes to the records alone, in one transaction: what was restored has no feed. */
export const putRecords = (environment: Environment, changes: readonly RecordChange[]): void => {
  const prepared = prepareChanges(changes);
  environment.transaction(sizeOfChanges(prepared), () => {
    for (const { key, value } of prepared) {
      if (value === undefined) environment.records.removeSync(key);
      else environment.records.putSync(key, encodeRecord(key, value));
    }
  });
};

/** Batches of a transaction's size. */
async function* inBatches(source: RecordSource): AsyncGenerator<readonly StoredRecord[]> {
  let batch: StoredRecord[] = [];
  let bytes = 0;
  for await (const item of source) {
    for (const record of "key" in item ? [item] : item) {
      batch.push(record);
      bytes += record.value.byteLength;
      if (batch.length < BATCH_RECORDS && bytes < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  yield batch;
}

const putAll = async (environment: Environment, source: RecordSource): Promise<void> => {
  for await (const batch of inBatches(source)) {
    putRecords(environment, batch);
    await nextTurn();
  }
};

const undo = async (environment: Environment): Promise<void> => {
  const { records } = environment;
  for (;;) {
    const keys = Array.from(records.getKeys({ limit: BATCH_RECORDS }), (key) => Buffer.from(key));
    environment.transaction({ changes: keys.length + 1, bytes: 0 }, () => {
      for (const key of keys) records.removeSync(key);
      if (keys.length < BATCH_RECORDS) writeRestoring(environment, false);
    });
    if (keys.length < BATCH_RECORDS) return;
    await nextTurn();
  }
};

/** See `Store.restore`. The mark set first and removed last makes it all or nothing across many transactions. */
export const restoreRecords = async (
  environment: Environment,
  records: RecordSource,
  position: number,
): Promise<void> => {
  if (!Number.isSafeInteger(position) || position < 0) throw invalidRequest(`${position} is not a position.`);
  begin(environment);
  try {
    await putAll(environment, records);
    environment.transaction({ changes: 3, bytes: 0 }, () => {
      writePosition(environment, position);
      writeTrimmedPosition(environment, position);
      writeRestoring(environment, false);
    });
  } catch (error) {
    // The failure of the source is what the caller must hear of; where undoing fails too, the mark stays.
    await undo(environment).catch(() => undefined);
    throw error;
  }
};
