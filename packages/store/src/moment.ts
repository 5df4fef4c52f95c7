import type { Environment } from "./environment.ts";
import { decodeKey } from "./key.ts";
import { readPosition } from "./meta.ts";
import { decodeRecord } from "./record-codec.ts";
import type { StoreMoment, StoredRecord } from "./store.ts";

const BATCH = 256;

/** See `Store.readMoment`. One read transaction stays open meanwhile: LMDB keeps the pages that it sees. */
export const readMoment = async <T>(environment: Environment, use: (moment: StoreMoment) => Promise<T>): Promise<T> => {
  const { records } = environment;
  const { position, transaction } = environment.reading(() => {
    const pinned = records.useReadTransaction();
    return { position: readPosition(environment), transaction: pinned };
  });
  const entries = function* (): Generator<StoredRecord> {
    let range: { start?: Buffer; exclusiveStart?: boolean } = {};
    for (;;) {
      const batch = environment.pinned(() =>
        Array.from(records.getRange({ ...range, limit: BATCH, transaction }), ({ key, value }) => ({
          key: Buffer.from(key),
          value: decodeRecord(key, value),
        })),
      );
      for (const { key, value } of batch) yield { key: decodeKey(key), value };
      const last = batch.at(-1);
      if (last === undefined || batch.length < BATCH) return;
      range = { start: last.key, exclusiveStart: true };
    }
  };
  try {
    return await use({ position, entries: { [Symbol.iterator]: entries } });
  } finally {
    transaction.done();
  }
};
