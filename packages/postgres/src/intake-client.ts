import { BlackskyError } from "@blacksky/errors";

import type { Database } from "./database.ts";
import type { Lease } from "./lease.ts";

/** One notification as it was left; `value` is opaque to PostgreSQL. */
export interface LeftRow {
  readonly id: string;
  /** The order in which they were left. */
  readonly sequence: number;
  readonly value: Uint8Array;
  readonly createdAt: Date;
  /** Why and when nobody could take it; `null` for one that waits. */
  readonly setAside: { readonly at: Date; readonly reason: string } | null;
}

/** What waits for the holder of a lease. Anybody may leave something; only the holder takes it away. */
export interface IntakeClient {
  /**
   * Leaves one. It is committed when this resolves: with true, or with false where there was one with this id already,
   * which stays as it is.
   *
   * @throws BlackskyError `outbox.full` where too many wait
   */
  leave(sessionId: string, id: string, value: Uint8Array): Promise<boolean>;
  find(sessionId: string, id: string): Promise<LeftRow | undefined>;
  /** Those that wait, after this sequence, in order. */
  list(sessionId: string, afterSequence: number, limit: number): Promise<LeftRow[]>;
  /** Removes what was taken; nothing when the lease is another's. */
  remove(lease: Lease, ids: readonly string[]): Promise<void>;
  /** Lets one lie that cannot be taken; nothing when the lease is another's. */
  setAside(lease: Lease, id: string, reason: string): Promise<void>;
  /**
   * Once under each lease: has those wait again that were set aside for this reason, for which a new holder may have a
   * remedy, and forgets what was set aside more than `keepMs` ago.
   */
  lookThroughAside(lease: Lease, reason: string, keepMs: number): Promise<void>;
}

/** A bot that is away for long must not fill a small plan; 10,000 of the longest are 650 MB, ordinary ones 3 MB. */
const MOST_WAITING = 10_000;

const LEAVE = `
  insert into blacksky.notification_intake (session_id, id, value)
  select $1, $2, $3
  where (
    select count(*) from blacksky.notification_intake where session_id = $1 and set_aside_at is null
  ) < $4
  on conflict (session_id, id) do nothing`;

const COLUMNS = `id, sequence::float8 as sequence, value, created_at, set_aside_at, set_aside_reason`;

const FIND = `select ${COLUMNS} from blacksky.notification_intake where session_id = $1 and id = $2`;

const LIST = `
  select ${COLUMNS} from blacksky.notification_intake
  where session_id = $1 and set_aside_at is null and sequence > $2 order by sequence limit $3`;

// As long as this runs, the lease stays whose it is.
const FENCE = `
  select session_id from blacksky.replica
  where session_id = $1 and epoch = $2 and lease_holder = $3
  for share`;

const REMOVE = `
  with fence as (${FENCE})
  delete from blacksky.notification_intake as intake using fence
  where intake.session_id = fence.session_id and intake.id = any($4::text[])`;

const SET_ASIDE = `
  with fence as (${FENCE})
  update blacksky.notification_intake as intake
  set set_aside_at = clock_timestamp(), set_aside_reason = $5
  from fence where intake.session_id = fence.session_id and intake.id = $4`;

const AGAIN = `
  with fence as (${FENCE})
  update blacksky.notification_intake as intake set set_aside_at = null, set_aside_reason = null
  from fence where intake.session_id = fence.session_id and intake.set_aside_reason = $4`;

const FORGET = `
  with fence as (${FENCE})
  delete from blacksky.notification_intake as intake using fence
  where intake.session_id = fence.session_id
    and intake.set_aside_at < clock_timestamp() - $4 * interval '1 millisecond'`;

interface Row {
  readonly id: string;
  readonly sequence: number;
  readonly value: Uint8Array;
  readonly created_at: Date;
  readonly set_aside_at: Date | null;
  readonly set_aside_reason: string | null;
}

const toLeft = ({ id, sequence, value, created_at, set_aside_at, set_aside_reason }: Row): LeftRow => ({
  id,
  sequence,
  value,
  createdAt: created_at,
  setAside: set_aside_at === null ? null : { at: set_aside_at, reason: set_aside_reason ?? "unknown" },
});

const full = (): BlackskyError =>
  new BlackskyError("outbox.full", `${MOST_WAITING} notifications wait for a bot to take them; no more are accepted.`, {
    hint: "See why no bot has the session: /health of each instance says so.",
  });

const keysOf = ({ sessionId, epoch, holder }: Lease): [string, number, string] => [sessionId, epoch, holder];

/** Leaves and takes notifications in the table of migration v04. */
export const createIntakeClient = (database: Database): IntakeClient => {
  const find: IntakeClient["find"] = async (sessionId, id) => {
    const row = await database.row<Row>(FIND, [sessionId, id]);
    return row && toLeft(row);
  };
  return {
    async leave(sessionId, id, value) {
      const inserted = await database.run(LEAVE, [sessionId, id, value, MOST_WAITING]);
      if (inserted > 0) return true;
      if ((await find(sessionId, id)) !== undefined) return false;
      // Taken in this very moment, or refused.
      if ((await database.run(LEAVE, [sessionId, id, value, MOST_WAITING])) > 0) return true;
      throw full();
    },
    find,
    async list(sessionId, afterSequence, limit) {
      const rows = await database.rows<Row>(LIST, [sessionId, afterSequence, limit]);
      return rows.map(toLeft);
    },
    async remove(lease, ids) {
      await database.run(REMOVE, [...keysOf(lease), ids]);
    },
    async setAside(lease, id, reason) {
      await database.run(SET_ASIDE, [...keysOf(lease), id, reason]);
    },
    async lookThroughAside(lease, reason, keepMs) {
      await database.run(AGAIN, [...keysOf(lease), reason]);
      await database.run(FORGET, [...keysOf(lease), keepMs]);
    },
  };
};
