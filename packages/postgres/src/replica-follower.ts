import type { ReplicaRecord } from "./change-set.ts";
import type { Database, Queryable } from "./database.ts";
import { readTotals } from "./replica-reader.ts";
import type { ReplicaTotals } from "./replica-reader.ts";

/** One consistent moment of a replica, for somebody who knows it as it was at an earlier position. */
export interface ReplicaIncrement extends ReplicaTotals {
  /** The records that were written since, a batch at a time. To be read before `keys`. */
  readonly changed: AsyncIterable<readonly ReplicaRecord[]>;
  /** Every key there is, in the order of their UTF-8 bytes, a batch at a time: what is not among them was deleted. */
  readonly keys: AsyncIterable<readonly string[]>;
}

// No index helps: its entries would have to be rewritten with every record, and PostgreSQL could rewrite none in place.
// Long values lie apart and are not read for records that did not change. Those of the very position are read again:
// then it does not matter how often that change set was written.
const CHANGED = `
  declare replica_changes no scroll cursor for
  select key, value from blacksky.replica_record where session_id = $1 and position >= $2`;

const KEYS = `
  declare replica_keys no scroll cursor for
  select key from blacksky.replica_record where session_id = $1 order by key collate "C"`;

const KEYS_PER_RECORD = 8;

async function* readCursor<Row>(
  snapshot: Queryable,
  name: string,
  declaration: string,
  values: readonly unknown[],
  batchRows: number,
): AsyncGenerator<readonly Row[]> {
  await snapshot.run(declaration, values);
  for (;;) {
    const batch = await snapshot.rows<Row>(`fetch forward ${Math.trunc(batchRows)} from ${name}`);
    if (batch.length === 0) return;
    yield batch;
  }
}

async function* readKeys(snapshot: Queryable, sessionId: string, batchRows: number): AsyncGenerator<readonly string[]> {
  const rows = batchRows * KEYS_PER_RECORD;
  for await (const batch of readCursor<{ key: string }>(snapshot, "replica_keys", KEYS, [sessionId], rows)) {
    yield batch.map(({ key }) => key);
  }
}

/**
 * Reads what a replica has become since `position`, as it is at one moment, whatever is written meanwhile, holding about
 * `batchRows` records at once.
 *
 * @throws BlackskyError `replica.missing` when the session has no replica
 */
export const followReplica = <T>(
  database: Database,
  sessionId: string,
  position: number,
  batchRows: number,
  use: (increment: ReplicaIncrement) => Promise<T>,
): Promise<T> =>
  database.transaction(
    async (snapshot) =>
      use({
        ...(await readTotals(snapshot, sessionId)),
        changed: readCursor<ReplicaRecord>(snapshot, "replica_changes", CHANGED, [sessionId, position], batchRows),
        keys: readKeys(snapshot, sessionId, batchRows),
      }),
    { mode: "snapshot" },
  );
