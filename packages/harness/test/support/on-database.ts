import { openDatabase, type Database } from "@blacksky/postgres";

/** Does something in a database as its owner, by a connection of its own. */
export const onDatabase = async <T>(connectionString: string, work: (database: Database) => Promise<T>): Promise<T> => {
  const database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 10_000 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
};
