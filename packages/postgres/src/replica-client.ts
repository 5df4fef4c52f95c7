import { BlackskyError } from "@blacksky/errors";

import { chunkChanges, packValues } from "./change-set.ts";
import type { ChangeChunk, ReplicaRecord } from "./change-set.ts";
import type { Database, Queryable } from "./database.ts";
import { fencedError } from "./lease.ts";
import type { Lease } from "./lease.ts";
import { followReplica } from "./replica-follower.ts";
import type { ReplicaIncrement } from "./replica-follower.ts";
import { readReplica } from "./replica-reader.ts";
import type { ReplicaReading } from "./replica-reader.ts";

/** What changed in the local store up to `position`, each key once. */
export interface ChangeSet {
  readonly lease: Lease;
  readonly position: number;
  /** Version of the records' encoding. */
  readonly schemaVersion: number;
  /** Names the key that sealed the records; `null` when they are not encrypted. */
  readonly keyFingerprint: string | null;
  /** True when `upserts` are all records there are: whatever else the replica has is removed. */
  readonly complete: boolean;
  readonly upserts: readonly ReplicaRecord[];
  readonly deletes: readonly string[];
}

/** The replica of local stores in PostgreSQL. */
export interface ReplicaClient {
  /**
   * Writes records and position in one transaction, under the lease. Writing the same set again changes nothing.
   *
   * @throws BlackskyError `replica.fenced` when the lease is another's, `replica.backward` when the replica is ahead,
   * `replica.gone` when somebody has removed it
   */
  applyChangeSet(changes: ChangeSet): Promise<void>;
  /**
   * Copies the records as they are, under the lease, to where nothing reads or writes them: before something that cannot
   * be read is overwritten. Again with the same name does nothing more.
   */
  setRecordsAside(lease: Lease, name: string): Promise<void>;
  /** Position of the newest replicated change, `undefined` for a session that has no replica. */
  readPosition(sessionId: string): Promise<number | undefined>;
  /** Reads a whole replica in batches, from one consistent moment; see `readReplica`. */
  read<T>(sessionId: string, batchRows: number, use: (reading: ReplicaReading) => Promise<T>): Promise<T>;
  /** Reads what has changed since a position, in batches, from one consistent moment; see `followReplica`. */
  follow<T>(
    sessionId: string,
    position: number,
    batchRows: number,
    use: (increment: ReplicaIncrement) => Promise<T>,
  ): Promise<T>;
}

const MAX_CHUNK_BYTES = 4 * 1024 * 1024;

// Fence, records, count and position in one statement: one round trip, and a transaction by itself. The fence locks the
// replica's row, so a lease that changes hands waits, and a lock that had to wait sees the row as it is then. It also
// keeps any other writer out, so records need no lock of their own: `on conflict` would write one to PostgreSQL's log
// for each, a twentieth of all that it writes.
const APPLY = `
  with fence as (
    select session_id from blacksky.replica
    where session_id = $1 and epoch = $2 and lease_holder = $3 and position <= $4
    for update
  ), change as (
    select fence.session_id, packed.key, substring($7::bytea from packed.start for packed.size) as value
    from fence, unnest($6::text[], $8::int[], $9::int[]) as packed (key, start, size)
  ), updated as (
    update blacksky.replica_record as record
    set value = change.value, position = $4, updated_at = now()
    from change where record.session_id = change.session_id and record.key = change.key
    returning record.key
  ), inserted as (
    insert into blacksky.replica_record (session_id, key, value, position, updated_at)
    select change.session_id, change.key, change.value, $4, now()
    from change where not exists (select from updated where updated.key = change.key)
    returning 1
  ), deleted as (
    delete from blacksky.replica_record as record using fence
    where record.session_id = fence.session_id and record.key = any($10::text[])
    returning 1
  )
  update blacksky.replica as replica
  set position = $4, written_epoch = $2, schema_version = $5, key_fingerprint = $11, updated_at = now(),
    record_count = replica.record_count + (select count(*) from inserted) - (select count(*) from deleted)
  from fence where replica.session_id = fence.session_id`;

const CLEAR = `
  with fence as (
    update blacksky.replica set record_count = 0
    where session_id = $1 and epoch = $2 and lease_holder = $3
    returning session_id
  )
  delete from blacksky.replica_record as record using fence where record.session_id = fence.session_id`;

const SET_ASIDE = `
  insert into blacksky.replica_record (session_id, key, value, position, updated_at)
  select record.session_id || ' ' || $4, record.key, record.value, record.position, record.updated_at
  from blacksky.replica_record as record join blacksky.replica as replica using (session_id)
  where session_id = $1 and replica.epoch = $2 and replica.lease_holder = $3
  on conflict do nothing`;

const refusal = async (database: Queryable, { lease, position }: ChangeSet): Promise<BlackskyError> => {
  const row = await database.row<{ position: string; held: boolean }>(
    `select position, coalesce(epoch = $2 and lease_holder = $3, false) as held
     from blacksky.replica where session_id = $1`,
    [lease.sessionId, lease.epoch, lease.holder],
  );
  if (row === undefined) {
    return new BlackskyError("replica.gone", `The replica of session ${lease.sessionId} is gone from the database.`, {
      hint: "It is written anew from this disk when the workers have started again; do not wipe it before that.",
    });
  }
  if (!row.held) return fencedError(lease);
  return new BlackskyError(
    "replica.backward",
    `The replica of session ${lease.sessionId} is at position ${row.position}, beyond ${position}.`,
    { hint: "The local store is older than its replica; restart so that it is restored first." },
  );
};

const applyChunk = async (database: Queryable, changes: ChangeSet, chunk: ChangeChunk): Promise<void> => {
  const { lease, position, schemaVersion } = changes;
  const keys = chunk.upserts.map((record) => record.key);
  const { block, offsets, lengths } = packValues(chunk.upserts);
  const applied = await database.run(APPLY, [
    lease.sessionId,
    lease.epoch,
    lease.holder,
    position,
    schemaVersion,
    keys,
    block,
    offsets,
    lengths,
    chunk.deletes,
    changes.keyFingerprint,
  ]);
  if (applied === 0) throw await refusal(database, changes);
};

/** Replicates to, and restores from, the tables of migration v01. */
export const createReplicaClient = (database: Database): ReplicaClient => ({
  async applyChangeSet(changes) {
    const chunks = chunkChanges(changes.upserts, changes.deletes, MAX_CHUNK_BYTES);
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined && !changes.complete) return applyChunk(database, changes, only);
    return database.transaction(async (transaction) => {
      const { sessionId, epoch, holder } = changes.lease;
      if (changes.complete) await transaction.run(CLEAR, [sessionId, epoch, holder]);
      for (const chunk of chunks) await applyChunk(transaction, changes, chunk);
    });
  },
  async setRecordsAside({ sessionId, epoch, holder }, name) {
    await database.run(SET_ASIDE, [sessionId, epoch, holder, name]);
  },
  async readPosition(sessionId) {
    const row = await database.row<{ position: string }>(
      "select position from blacksky.replica where session_id = $1",
      [sessionId],
    );
    return row === undefined ? undefined : Number(row.position);
  },
  read: (sessionId, batchRows, use) => readReplica(database, sessionId, batchRows, use),
  follow: (sessionId, position, batchRows, use) => followReplica(database, sessionId, position, batchRows, use),
});
