import { openDatabase } from "@blacksky/postgres";
import { SESSION_ID } from "./compare-replica.ts";

/** The lease of the trees' session as its row says; times in epoch milliseconds. */
export interface LeaseRow {
  readonly epoch: number;
  readonly expiresAt: number;
  /** Whether somebody stood by for it, or may, within the last minute. */
  readonly contested: boolean;
}

/** Reads the lease's row; throws when nobody holds it. */
export const readLease = async (databaseUrl: string): Promise<LeaseRow> => {
  const database = openDatabase({ connectionString: databaseUrl, applicationName: "harness", connectTimeoutMs: 5000 });
  try {
    const row = await database.row<LeaseRow>(
      `select epoch::int, (extract(epoch from lease_expires_at) * 1000)::float8 as "expiresAt",
         coalesce(rival_seen_at > clock_timestamp() - interval '60 seconds', false) as contested
       from blacksky.replica where session_id = $1 and lease_holder is not null`,
      [SESSION_ID],
    );
    if (row === undefined) throw new Error("Nobody holds the lease.");
    return row;
  } finally {
    await database.close();
  }
};
