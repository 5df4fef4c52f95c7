import { openDatabase } from "@blacksky/postgres";
import { SESSION_ID } from "./compare-replica.ts";

/** Makes the lease of the trees' session one that ran out, whoever holds it; one that was let go stays so. */
export const expireLease = async (databaseUrl: string): Promise<void> => {
  const database = openDatabase({ connectionString: databaseUrl, applicationName: "harness", connectTimeoutMs: 5000 });
  try {
    await database.run(
      `update blacksky.replica set lease_expires_at = clock_timestamp()
       where session_id = $1 and lease_holder is not null`,
      [SESSION_ID],
    );
  } finally {
    await database.close();
  }
};
