import { openDatabase } from "@blacksky/postgres";
import { openStore, storePath } from "@blacksky/store";

/** How far one copy of a session is, and how many records it holds. */
export interface CopyFigures {
  readonly position: number;
  readonly records: number;
}

/** The session that a harness's trees run, unless a test says otherwise. */
export const SESSION_ID = "BLACKSKY-MD";

/** The local store beside its replica, for a tree that has stopped: equal figures mean that nothing was left behind. */
export const compareReplica = async (
  dataDir: string,
  databaseUrl: string,
): Promise<{ local: CopyFigures; replica: CopyFigures | undefined }> => {
  const store = openStore({ path: storePath(dataDir, SESSION_ID), readOnly: true });
  const local = { position: store.position, records: store.count("") };
  await store.close();
  const database = openDatabase({ connectionString: databaseUrl, applicationName: "harness", connectTimeoutMs: 5000 });
  try {
    const replica = await database.row<CopyFigures>(
      `select position::int, (select count(*)::int from blacksky.replica_record where session_id = $1) as records
         from blacksky.replica where session_id = $1`,
      [SESSION_ID],
    );
    return { local, replica };
  } finally {
    await database.close();
  }
};
