import { SESSION_ID } from "@blacksky/harness";
import { openDatabase, type Database } from "@blacksky/postgres";

/** What the database itself has seen of one session's lease. */
export interface LeaseAudit {
  /** Writes of somebody who did not hold the lease, or that moved the replica backward. */
  countStaleWrites(): Promise<number>;
  /** Whether the lease was renewed after this moment, in epoch milliseconds. */
  hasRenewedSince(since: number, ttlMs: number): Promise<boolean>;
  /** When the lease as it is now runs out, in epoch milliseconds. */
  readExpiresAt(): Promise<number | undefined>;
  /** When the lease was last let go in order, in epoch milliseconds. */
  readReleasedAt(): Promise<number | undefined>;
  /** When the lease ended, or would have, that was last taken from a holder that did not let go; in epoch milliseconds. */
  readExpiredAt(): Promise<number | undefined>;
  close(): Promise<void>;
}

const SETUP = [
  `create table public.audit (fact text not null, at timestamptz not null)`,
  `create function public.audit() returns trigger language plpgsql as $$
   begin
     if new.position is distinct from old.position
         and (new.position < old.position or new.written_epoch <> old.epoch or old.lease_holder is null) then
       insert into public.audit values ('stale', clock_timestamp());
     end if;
     if new.lease_holder is null and old.lease_holder is not null then
       insert into public.audit values ('released', clock_timestamp());
     end if;
     if new.lease_holder <> old.lease_holder then
       insert into public.audit values ('expired', old.lease_expires_at);
     end if;
     return new;
   end $$`,
  `create trigger audit after update on blacksky.replica for each row execute function public.audit()`,
];

const COUNT_STALE = "select count(*)::int as n from public.audit where fact = 'stale'";

const UNDO = new Error("undo");

/** What never sees anything proves nothing: lets somebody write under the epoch before, and takes that back. */
const proveThatItSees = async (database: Database): Promise<void> => {
  let seen = 0;
  await database
    .transaction(async (transaction) => {
      await transaction.run("update blacksky.replica set position = position + 1, written_epoch = epoch - 1");
      seen = (await transaction.row<{ n: number }>(COUNT_STALE))?.n ?? 0;
      throw UNDO;
    })
    .catch((error: unknown) => {
      if (!(error instanceof Error) || error.cause !== UNDO) throw error;
    });
  if (seen !== 1) throw new Error("The audit does not see a stale write.");
};

/** Has the database of a home watch its own replica; the schema and the session must be there. */
export const startLeaseAudit = async (databaseUrl: string): Promise<LeaseAudit> => {
  const database: Database = openDatabase({
    connectionString: databaseUrl,
    applicationName: "chaos",
    connectTimeoutMs: 5000,
  });
  for (const statement of SETUP) await database.run(statement);
  await proveThatItSees(database);
  const readLast = async (fact: "released" | "expired"): Promise<number | undefined> => {
    const row = await database.row<{ at: number | null }>(
      "select (extract(epoch from max(at)) * 1000)::float8 as at from public.audit where fact = $1",
      [fact],
    );
    return row?.at ?? undefined;
  };
  const readExpiresAt = async (): Promise<number | undefined> => {
    const row = await database.row<{ at: number | null }>(
      "select (extract(epoch from lease_expires_at) * 1000)::float8 as at from blacksky.replica where session_id = $1",
      [SESSION_ID],
    );
    return row?.at ?? undefined;
  };
  return {
    async countStaleWrites() {
      return (await database.row<{ n: number }>(COUNT_STALE))?.n ?? 0;
    },
    async hasRenewedSince(since, ttlMs) {
      return ((await readExpiresAt()) ?? 0) - ttlMs > since;
    },
    readReleasedAt: () => readLast("released"),
    readExpiredAt: () => readLast("expired"),
    readExpiresAt,
    close: () => database.close(),
  };
};
