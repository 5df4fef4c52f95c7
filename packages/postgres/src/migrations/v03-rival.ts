import type { Migration } from "./migration.ts";

// When somebody else last asked for the lease. A holder that loses sight of the database keeps going only where nobody
// waits for its lease to run out.
const RIVAL = "alter table blacksky.replica add column rival_seen_at timestamptz";

/** Lets the holder of a lease know that somebody stands by for it. */
export const v03Rival: Migration = {
  version: 3,
  async up(transaction) {
    await transaction.run(RIVAL);
  },
};
