import type { Migration } from "./migration.ts";

// `position` is that of the local store's change feed; `written_epoch` is the lease under which it was last moved, which
// tells a store that continues this replica from one that was overtaken; `record_count` makes a lost row noticeable;
// `replica_id` tells replicas of the same session in different databases apart; `key_fingerprint` names the key that
// sealed the records, null where none did.
const REPLICA = `
  create table blacksky.replica (
    session_id text primary key,
    replica_id uuid not null default gen_random_uuid(),
    position bigint not null default 0,
    record_count bigint not null default 0,
    written_epoch bigint not null default 0,
    schema_version int not null default 1,
    key_fingerprint text,
    epoch bigint not null default 0,
    lease_holder text,
    lease_expires_at timestamptz,
    updated_at timestamptz not null default now(),
    check (position >= 0 and record_count >= 0)
  ) with (fillfactor = 10, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0)`;

// Session records are rewritten with every message. Room in each page lets PostgreSQL rewrite in place (HOT) instead of
// growing table and index, and eager vacuuming keeps a 1 GB plan from filling with dead versions. No foreign key: it
// would lock the replica's row once per record, and the fence has locked it already.
const RECORD = `
  create table blacksky.replica_record (
    session_id text not null,
    key text not null,
    value bytea not null,
    position bigint not null,
    updated_at timestamptz not null default now(),
    primary key (session_id, key)
  ) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_threshold = 200,
    toast.autovacuum_vacuum_scale_factor = 0.05,
    toast.autovacuum_vacuum_threshold = 200
  )`;

// Key material is random: PostgreSQL's compressor would spend time on it for nothing.
const STORAGE = "alter table blacksky.replica_record alter column value set storage external";

/** The replica of each session's local store, its records, and the lease on it. */
export const v01Replica: Migration = {
  version: 1,
  async up(transaction) {
    await transaction.run(REPLICA);
    await transaction.run(RECORD);
    await transaction.run(STORAGE);
  },
};
