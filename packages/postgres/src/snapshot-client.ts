import type { Database, Queryable } from "./database.ts";
import { fencedError } from "./lease.ts";
import type { Lease } from "./lease.ts";

/** What is known of a snapshot before its first byte. */
export interface SnapshotHead {
  readonly id: string;
  readonly sessionId: string;
  /** Position and lease epoch of the local store that it is of. */
  readonly position: number;
  readonly epoch: number;
  /** Version of the content's encoding. */
  readonly schemaVersion: number;
  /** Names the key that sealed the content; `null` when it is not encrypted. */
  readonly keyFingerprint: string | null;
  /** Why it was taken. */
  readonly reason: string;
  /** Epoch milliseconds, by the clock of who took it. */
  readonly createdAt: number;
}

/** What is known of a snapshot after its last byte. */
export interface SnapshotTail {
  readonly recordCount: number;
  /** Of the content. */
  readonly bytes: number;
  /** SHA-256 of the content, hexadecimal. */
  readonly checksum: string;
}

/** A snapshot without its content. */
export type SnapshotDescription = SnapshotHead & SnapshotTail;

/** What changes in a description with its content. */
export type NewContent = Pick<SnapshotDescription, "keyFingerprint" | "bytes" | "checksum">;

export interface SnapshotRetention {
  /** How many are kept of those taken for `scheduledReason`, and as many of all others together. */
  readonly keep: number;
  readonly scheduledReason: string;
  /** The id of one that stays all the same. */
  readonly spared?: string | undefined;
}

/** The content of one snapshot while it is exchanged. */
export interface ContentExchange {
  /** As it is by now: read to the end before the first `put` it is the old one, after the last the new one. */
  readChunks(): AsyncIterable<Uint8Array>;
  /** Takes the place of the chunk with this number, which must have been read. */
  put(index: number, chunk: Uint8Array): Promise<void>;
}

/** Versioned snapshots in PostgreSQL. */
export interface SnapshotClient {
  /**
   * Writes a snapshot and removes those beyond retention, in one transaction, under the lease. `chunks` should come
   * without long pauses: the transaction waits for them.
   *
   * @throws BlackskyError `replica.fenced` when the lease is another's; then nothing was written
   */
  write(
    lease: Lease,
    snapshot: SnapshotDescription,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    retention: SnapshotRetention,
  ): Promise<void>;
  /**
   * Exchanges the content of a snapshot for as many other chunks, in one transaction, under the lease. What `use` throws
   * leaves everything as it was.
   *
   * @param use resolves with what is known of the new content
   * @returns false when there is no such snapshot any more
   * @throws BlackskyError `replica.fenced` when the lease is another's
   */
  exchange(lease: Lease, id: string, use: (exchange: ContentExchange) => Promise<NewContent>): Promise<boolean>;
  /** Those of a session, newest first: by epoch, then by position. */
  list(sessionId: string): Promise<SnapshotDescription[]>;
  /** The content, a chunk at a time. What is missing is not noticed here: compare `bytes` and `checksum`. */
  readChunks(id: string): AsyncIterable<Uint8Array>;
}

interface SnapshotRow {
  readonly id: string;
  readonly session_id: string;
  readonly position: string;
  readonly epoch: string;
  readonly record_count: string;
  readonly bytes: string;
  readonly checksum: string;
  readonly schema_version: number;
  readonly key_fingerprint: string | null;
  readonly reason: string;
  readonly created_at: string;
}

const PUT_CHUNK = "insert into blacksky.snapshot_chunk (snapshot_id, index, content) values ($1, $2, $3)";

// The fence comes last, so that the replica's row is locked for a moment only and replication goes on meanwhile.
const PUT_SNAPSHOT = `
  insert into blacksky.snapshot (id, session_id, position, epoch, record_count, bytes, checksum, schema_version,
    key_fingerprint, reason, created_at)
  select $3, session_id, $4, $5, $6, $7, $8, $9, $10, $11, to_timestamp($12::float8 / 1000)
  from (
    select session_id from blacksky.replica
    where session_id = $1 and epoch = $13 and lease_holder = $2
    for share
  ) as fence`;

const LOCK = "select 1 from blacksky.snapshot where id = $1 and session_id = $2 for update";

const REPLACE_CHUNK = "update blacksky.snapshot_chunk set content = $3 where snapshot_id = $1 and index = $2";

const REPLACE_SNAPSHOT = `
  update blacksky.snapshot as snapshot set key_fingerprint = $5, bytes = $6, checksum = $7
  from (
    select session_id from blacksky.replica
    where session_id = $1 and epoch = $3 and lease_holder = $2
    for share
  ) as fence
  where snapshot.id = $4 and snapshot.session_id = fence.session_id`;

const RETAIN = `
  delete from blacksky.snapshot where id in (
    select id from (
      select id, row_number() over (partition by reason = $2 order by created_at desc, id desc) as age
      from blacksky.snapshot where session_id = $1
    ) as aged where age > $3
  ) and id is distinct from $4`;

const LIST = `
  select id, session_id, position, epoch, record_count, bytes, checksum, schema_version, key_fingerprint, reason,
    round(extract(epoch from created_at) * 1000)::text as created_at
  from blacksky.snapshot where session_id = $1
  order by epoch desc, position desc, created_at desc, id desc`;

const describe = (row: SnapshotRow): SnapshotDescription => ({
  id: row.id,
  sessionId: row.session_id,
  position: Number(row.position),
  epoch: Number(row.epoch),
  schemaVersion: row.schema_version,
  keyFingerprint: row.key_fingerprint,
  reason: row.reason,
  createdAt: Number(row.created_at),
  recordCount: Number(row.record_count),
  bytes: Number(row.bytes),
  checksum: row.checksum,
});

async function* readChunks(database: Queryable, id: string): AsyncGenerator<Uint8Array> {
  for (let index = 0; ; index += 1) {
    const row = await database.row<{ content: Buffer }>(
      "select content from blacksky.snapshot_chunk where snapshot_id = $1 and index = $2",
      [id, index],
    );
    if (row === undefined) return;
    yield row.content;
  }
}

/** Writes and reads the tables of migration v02. */
export const createSnapshotClient = (database: Database): SnapshotClient => ({
  write: (lease, snapshot, chunks, { keep, scheduledReason, spared }) =>
    database.transaction(async (transaction) => {
      let index = 0;
      for await (const chunk of chunks) {
        await transaction.run(PUT_CHUNK, [snapshot.id, index, Buffer.from(chunk)]);
        index += 1;
      }
      const { id, position, epoch, recordCount, bytes, checksum, schemaVersion, keyFingerprint } = snapshot;
      const content = [id, position, epoch, recordCount, bytes, checksum, schemaVersion, keyFingerprint];
      const { reason, createdAt } = snapshot;
      const fence = [lease.sessionId, lease.holder];
      const written = await transaction.run(PUT_SNAPSHOT, [...fence, ...content, reason, createdAt, lease.epoch]);
      if (written === 0) throw fencedError(lease);
      await transaction.run(RETAIN, [lease.sessionId, scheduledReason, keep, spared ?? null]);
    }),
  exchange: (lease, id, use) =>
    database.transaction(async (transaction) => {
      const { sessionId, holder, epoch } = lease;
      if ((await transaction.row(LOCK, [id, sessionId])) === undefined) return false;
      const { keyFingerprint, bytes, checksum } = await use({
        readChunks: () => readChunks(transaction, id),
        async put(index, chunk) {
          await transaction.run(REPLACE_CHUNK, [id, index, Buffer.from(chunk)]);
        },
      });
      const content = [keyFingerprint, bytes, checksum];
      const replaced = await transaction.run(REPLACE_SNAPSHOT, [sessionId, holder, epoch, id, ...content]);
      if (replaced === 0) throw fencedError(lease);
      return true;
    }),
  async list(sessionId) {
    const rows = await database.rows<SnapshotRow>(LIST, [sessionId]);
    return rows.map(describe);
  },
  readChunks: (id) => readChunks(database, id),
});
