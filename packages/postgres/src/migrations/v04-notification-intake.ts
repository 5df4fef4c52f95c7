import type { Migration } from "./migration.ts";

// Rows stay for moments, until whoever holds the lease has taken them; `sequence` is the order in which they came. One that
// cannot be taken is set aside with the reason.
const INTAKE = `
  create table blacksky.notification_intake (
    session_id text not null,
    id text not null,
    sequence bigint generated always as identity,
    value bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    set_aside_at timestamptz,
    set_aside_reason text,
    primary key (session_id, id)
  )`;

// Of what still waits alone: it is read every other second, and mostly empty.
const WAITING = `
  create index on blacksky.notification_intake (session_id, sequence) where set_aside_at is null`;

/** Notifications that an instance without the session has accepted, for the one that has it. */
export const v04NotificationIntake: Migration = {
  version: 4,
  async up(transaction) {
    await transaction.run(INTAKE);
    await transaction.run(WAITING);
  },
};
