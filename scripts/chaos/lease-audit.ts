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
  close(): Promise<void>;
}

const SETUP = [
  `create table public.audit (stale boolean not null, released boolean not null, at timestamptz not null)`,
  `create function public.audit() returns trigger language plpgsql as $$
   begin
     if new.position is distinct from old.position then
       insert into public.audit
       values (new.position < old.position or new.written_epoch <> old.epoch or old.lease_holder is null, false,
         clock_timestamp());
     end if;
     if new.lease_holder is null and old.lease_holder is not null then
       insert into public.audit values (false, true, clock_timestamp());
     end if;
     return new;
   end $$`,
  `create trigger audit after update on blacksky.replica for each row execute function public.audit()`,
];

/** Has the database of a home watch its own replica; the schema must be there. */
export const startLeaseAudit = async (databaseUrl: string): Promise<LeaseAudit> => {
  const database: Database = openDatabase({
    connectionString: databaseUrl,
    applicationName: "chaos",
    connectTimeoutMs: 5000,
  });
  for (const statement of SETUP) await database.run(statement);
  const readExpiresAt = async (): Promise<number | undefined> => {
    const row = await database.row<{ at: number | null }>(
      "select (extract(epoch from lease_expires_at) * 1000)::float8 as at from blacksky.replica where session_id = $1",
      [SESSION_ID],
    );
    return row?.at ?? undefined;
  };
  return {
    async countStaleWrites() {
      const row = await database.row<{ n: number }>("select count(*)::int as n from public.audit where stale");
      return row?.n ?? 0;
    },
    async hasRenewedSince(since, ttlMs) {
      return ((await readExpiresAt()) ?? 0) - ttlMs > since;
    },
    readExpiresAt,
    async readReleasedAt() {
      const row = await database.row<{ at: number | null }>(
        "select (extract(epoch from max(at)) * 1000)::float8 as at from public.audit where released",
      );
      return row?.at ?? undefined;
    },
    close: () => database.close(),
  };
};
