import { BlackskyError } from "@blacksky/errors";

import type { ReplicaRecord } from "./change-set.ts";
import type { Database, Queryable } from "./database.ts";

/** What a replica says of itself at one moment. */
export interface ReplicaTotals {
  /** Random; another database's replica of the same session has another. */
  readonly id: string;
  readonly position: number;
  readonly recordCount: number;
  readonly schemaVersion: number;
  /** Names the key that sealed the records; `null` when they are not encrypted. */
  readonly keyFingerprint: string | null;
  /** Since the newest record was written, by the database's clock. */
  readonly ageMs: number;
}

/** One consistent moment of a replica. */
export interface ReplicaReading extends ReplicaTotals {
  /**
   * Every record, in the order of keys, a batch at a time. To be read to its end, which is where missing records show.
   *
   * @throws BlackskyError `replica.incomplete` when there are more or fewer records than were replicated
   */
  readonly batches: AsyncIterable<readonly ReplicaRecord[]>;
}

interface Totals {
  readonly replica_id: string;
  readonly position: string;
  readonly record_count: string;
  readonly schema_version: number;
  readonly key_fingerprint: string | null;
  readonly age: number;
}

const TOTALS = `
  select replica_id, position, record_count, schema_version, key_fingerprint,
    coalesce((
      select greatest(0, extract(epoch from clock_timestamp() - max(record.updated_at)) * 1000)
      from blacksky.replica_record as record where record.session_id = replica.session_id
    ), 0)::float8 as age
  from blacksky.replica as replica where session_id = $1`;

const READ_CURSOR = `
  declare replica_records no scroll cursor for
  select key, value from blacksky.replica_record where session_id = $1 order by key`;

/** A replica whose records are not those that were replicated. */
export const incompleteReplica = (sessionId: string, expected: number, found: number): BlackskyError =>
  new BlackskyError(
    "replica.incomplete",
    `The replica of session ${sessionId} should have ${expected} records, but ${found} were found.`,
    { hint: "Rows were removed from or added to blacksky.replica_record by hand. Restore a backup of the database." },
  );

async function* readBatches(
  database: Queryable,
  sessionId: string,
  expected: number,
  batchRows: number,
): AsyncGenerator<readonly ReplicaRecord[]> {
  await database.run(READ_CURSOR, [sessionId]);
  const fetch = (): Promise<ReplicaRecord[]> => {
    const batch = database.rows<ReplicaRecord>(`fetch forward ${Math.trunc(batchRows)} from replica_records`);
    // Who leaves before the end never waits for it.
    batch.catch(() => undefined);
    return batch;
  };
  let found = 0;
  for (let next = fetch(); ;) {
    const batch = await next;
    if (batch.length === 0) break;
    found += batch.length;
    // PostgreSQL reads on while the caller is busy with these.
    next = fetch();
    yield batch;
  }
  if (found !== expected) throw incompleteReplica(sessionId, expected, found);
}

/**
 * Reads what a replica says of itself, inside a transaction.
 *
 * @throws BlackskyError `replica.missing`
 */
export const readTotals = async (snapshot: Queryable, sessionId: string): Promise<ReplicaTotals> => {
  const totals = await snapshot.row<Totals>(TOTALS, [sessionId]);
  if (totals === undefined) {
    throw new BlackskyError("replica.missing", `Session ${sessionId} has no replica in this database.`);
  }
  return {
    id: totals.replica_id,
    position: Number(totals.position),
    recordCount: Number(totals.record_count),
    schemaVersion: totals.schema_version,
    keyFingerprint: totals.key_fingerprint,
    ageMs: Math.round(totals.age),
  };
};

/**
 * Reads a replica as it is at one moment, whatever is written meanwhile, holding at most twice `batchRows` records at once.
 *
 * @throws BlackskyError `replica.missing` when the session has no replica
 */
export const readReplica = <T>(
  database: Database,
  sessionId: string,
  batchRows: number,
  use: (reading: ReplicaReading) => Promise<T>,
): Promise<T> =>
  database.transaction(
    async (snapshot) => {
      const totals = await readTotals(snapshot, sessionId);
      return use({ ...totals, batches: readBatches(snapshot, sessionId, totals.recordCount, batchRows) });
    },
    { mode: "snapshot" },
  );
