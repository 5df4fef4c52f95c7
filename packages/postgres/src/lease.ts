import { BlackskyError } from "@blacksky/errors";

import type { Database } from "./database.ts";

/** The right to write one session's replica. Epochs only grow, so a holder that was overtaken can be told apart. */
export interface Lease {
  readonly sessionId: string;
  readonly holder: string;
  readonly epoch: number;
}

/** What the replica looks like at the moment the lease was taken. */
export interface ReplicaState {
  /** Random; another database's replica of the same session has another. */
  readonly id: string;
  /** Position of the newest replicated change; 0 when nothing was ever replicated. */
  readonly position: number;
  readonly recordCount: number;
  /** Epoch of the lease under which `position` last moved; 0 when it never did. */
  readonly writtenEpoch: number;
  /** Version of the records' encoding. */
  readonly schemaVersion: number;
  /** Names the key that sealed the records; `null` when they are not encrypted. */
  readonly keyFingerprint: string | null;
  /** True when the holder before let go in order, after its last flush; false when it just vanished. */
  readonly releasedInOrder: boolean;
}

export type LeaseOutcome =
  /** `contested`: as `renewLease` returns it. */
  | { readonly acquired: true; readonly lease: Lease; readonly replica: ReplicaState; readonly contested: boolean }
  /** `remainingMs` until it expires by itself, by the database's clock. */
  | { readonly acquired: false; readonly holder: string; readonly remainingMs: number };

/** The lease and its replica as they are, without a wish to have it. */
export interface LeaseLook {
  /** True when `acquireLease` would get it now. */
  readonly free: boolean;
  /** Until it expires by itself, by the database's clock. */
  readonly remainingMs: number;
  readonly replica: ReplicaState;
}

interface ReplicaRow {
  readonly replica_id: string;
  readonly position: string;
  readonly record_count: string;
  readonly written_epoch: string;
  readonly schema_version: number;
  readonly key_fingerprint: string | null;
  readonly released: boolean;
  readonly contested: boolean;
}

const toState = (row: ReplicaRow): ReplicaState => ({
  id: row.replica_id,
  position: Number(row.position),
  recordCount: Number(row.record_count),
  writtenEpoch: Number(row.written_epoch),
  schemaVersion: row.schema_version,
  keyFingerprint: row.key_fingerprint,
  releasedInOrder: row.released,
});

const CONTESTED = "coalesce(rival_seen_at > clock_timestamp() - interval '60 seconds', false) as contested";

// The database's clock alone decides: two dynos never agree on the time. Who did not let go may merely be cut off, and
// comes back: that it stands by is known before it can say so. Words left before the change of hands stay as well.
const ACQUIRE = `
  with before as (select lease_holder from blacksky.replica where session_id = $1)
  insert into blacksky.replica as replica (session_id, epoch, lease_holder, lease_expires_at)
  values ($1, 1, $2, clock_timestamp() + $3 * interval '1 millisecond')
  on conflict (session_id) do update
    set epoch = replica.epoch + 1, lease_holder = excluded.lease_holder,
        lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond', updated_at = now(),
        rival_seen_at = case when replica.lease_holder <> excluded.lease_holder then clock_timestamp()
          else replica.rival_seen_at end
    where replica.lease_holder is null or replica.lease_holder = excluded.lease_holder
      or replica.lease_expires_at <= clock_timestamp()
  returning epoch, replica_id, position, record_count, written_epoch, schema_version, key_fingerprint,
    not exists (select from before where before.lease_holder is not null) as released, ${CONTESTED}`;

// Reads only: who stands by for weeks must not write to the row some times a second.
const LOOK = `
  select replica_id, position, record_count, written_epoch, schema_version, key_fingerprint,
    lease_holder is null as released,
    (lease_holder is null or lease_holder = $2 or lease_expires_at <= clock_timestamp()) as free,
    coalesce(greatest(0, extract(epoch from lease_expires_at - clock_timestamp()) * 1000), 0)::float8 as remaining
  from blacksky.replica where session_id = $1`;

// The holder learns from its next renewal that somebody waits.
const STAND_BY = `
  update blacksky.replica set rival_seen_at = clock_timestamp()
  where session_id = $1 and lease_holder is not null
  returning lease_holder as holder,
    greatest(0, extract(epoch from lease_expires_at - clock_timestamp()) * 1000)::float8 as remaining`;

const RENEW = `
  update blacksky.replica
  set lease_expires_at = clock_timestamp() + $4 * interval '1 millisecond', updated_at = now()
  where session_id = $1 and lease_holder = $2 and epoch = $3
  returning ${CONTESTED}`;

const RELEASE = `
  update blacksky.replica set lease_holder = null, lease_expires_at = null, updated_at = now()
  where session_id = $1 and lease_holder = $2 and epoch = $3`;

/** Somebody else took the lease: what this process still wants to write must not be written. */
export const fencedError = (lease: Lease): BlackskyError =>
  new BlackskyError("replica.fenced", `The lease on session ${lease.sessionId} now belongs to another process.`, {
    hint: "Another instance of this bot runs with the same SESSION_ID and database; stop one of them.",
  });

/**
 * Takes the lease if it is free, expired, or already the same holder's (its earlier process is fenced off by the new
 * epoch); otherwise says who has it, and leaves word that somebody stands by. Never waits for it.
 */
export const acquireLease = async (
  database: Database,
  sessionId: string,
  holder: string,
  ttlMs: number,
): Promise<LeaseOutcome> => {
  const row = await database.row<ReplicaRow & { readonly epoch: string }>(ACQUIRE, [sessionId, holder, ttlMs]);
  if (row === undefined) {
    const other = await database.row<{ holder: string; remaining: number }>(STAND_BY, [sessionId]);
    // Released between the two statements: the caller's next attempt will get it.
    return { acquired: false, holder: other?.holder ?? "nobody", remainingMs: Math.ceil(other?.remaining ?? 0) };
  }
  return {
    acquired: true,
    contested: row.contested,
    lease: { sessionId, holder, epoch: Number(row.epoch) },
    replica: toState(row),
  };
};

/** Looks at the lease as `holder` sees it, and leaves no trace; `undefined` for a session that nobody ever had. */
export const lookAtLease = async (
  database: Database,
  sessionId: string,
  holder: string,
): Promise<LeaseLook | undefined> => {
  const row = await database.row<ReplicaRow & { free: boolean; remaining: number }>(LOOK, [sessionId, holder]);
  return row && { free: row.free, remainingMs: Math.ceil(row.remaining), replica: toState(row) };
};

/**
 * Keeps the lease for another `ttlMs` from now. An expired lease that nobody took is still ours.
 *
 * @returns `contested` when somebody has asked for it within the last minute, or lost it then without letting go: it is
 * taken as soon as it runs out
 * @throws BlackskyError `replica.fenced` when another epoch has it
 */
export const renewLease = async (
  database: Database,
  lease: Lease,
  ttlMs: number,
): Promise<{ readonly contested: boolean }> => {
  const { sessionId, holder, epoch } = lease;
  const renewed = await database.row<{ contested: boolean }>(RENEW, [sessionId, holder, epoch, ttlMs]);
  if (renewed === undefined) throw fencedError(lease);
  return renewed;
};

/** Lets the next holder in at once. A lease that was lost already is nobody's business any more. */
export const releaseLease = async (database: Database, lease: Lease): Promise<void> => {
  await database.run(RELEASE, [lease.sessionId, lease.holder, lease.epoch]);
};
