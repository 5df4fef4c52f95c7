import { openDatabase } from "@blacksky/postgres";
import { SESSION_ID } from "./compare-replica.ts";

/** Changes one byte of one record of the trees' session in PostgreSQL, as a bad disk would. */
export const damageReplica = async (databaseUrl: string): Promise<void> => {
  const database = openDatabase({ connectionString: databaseUrl, applicationName: "harness", connectTimeoutMs: 5000 });
  try {
    await database.run(
      `update blacksky.replica_record set value = set_byte(value, 20, get_byte(value, 20) # 1)
       where session_id = $1 and key = 'session/creds'`,
      [SESSION_ID],
    );
  } finally {
    await database.close();
  }
};
