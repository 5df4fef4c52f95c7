import type { Migration } from "./migration.ts";

// The columns up to `created_at` are also bound into every sealed chunk: a row that was changed by hand does not open.
// `record_count`, `bytes` and `checksum` (SHA-256 of the chunks in order, hexadecimal) are known at the end of writing.
const SNAPSHOT = `
  create table blacksky.snapshot (
    id text primary key,
    session_id text not null,
    position bigint not null,
    epoch bigint not null,
    record_count bigint not null,
    bytes bigint not null,
    checksum text not null,
    schema_version int not null,
    key_fingerprint text,
    reason text not null,
    created_at timestamptz not null
  )`;

const BY_SESSION = "create index on blacksky.snapshot (session_id, epoch desc, position desc)";

// Chunks come first and their snapshot's row last, in one transaction: it is there completely or not at all.
const CHUNK = `
  create table blacksky.snapshot_chunk (
    snapshot_id text not null
      references blacksky.snapshot (id) on delete cascade deferrable initially deferred,
    index int not null,
    content bytea not null,
    primary key (snapshot_id, index)
  )`;

// Compressed and encrypted already.
const STORAGE = "alter table blacksky.snapshot_chunk alter column content set storage external";

/** Versioned snapshots of sessions, in chunks so that nobody holds one of them in memory as a whole. */
export const v02Snapshot: Migration = {
  version: 2,
  async up(transaction) {
    await transaction.run(SNAPSHOT);
    await transaction.run(BY_SESSION);
    await transaction.run(CHUNK);
    await transaction.run(STORAGE);
  },
};
