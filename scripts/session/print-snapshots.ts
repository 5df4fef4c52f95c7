import { lookAtSnapshots, type SnapshotAtRest } from "@blacksky/backup/snapshots";
import { parseEnv } from "@blacksky/config";
import { describeError, errorCode } from "@blacksky/errors";
import { findRunningPostgres, openDatabase, type Database } from "@blacksky/postgres";
import type { Place } from "./place.ts";
import { sizeOf } from "./size-of.ts";

const CONNECT_MS = 10_000;
const UNDEFINED_TABLE = "42P01";

const PLACES = { database: "in PostgreSQL", disk: "on this disk" } as const;

const WHY_NOT: Readonly<Record<Exclude<SnapshotAtRest["state"], "readable">, string>> = {
  "other key": "sealed with a key that is not set here",
  "other session": "another session's",
  "newer build": "of a newer build",
  damaged: "damaged",
};

/** One snapshot, wherever it is. */
const printOne = (id: string, copies: readonly SnapshotAtRest[]): void => {
  const [described] = copies.flatMap(({ description }) => description ?? []);
  const where = copies.map(({ place, state }) =>
    state === "readable" ? PLACES[place] : `${PLACES[place]} (${WHY_NOT[state]})`,
  );
  console.log(`  ${id.slice(0, 100)}`);
  if (described === undefined) return console.log(`    ${where.join(" and ")}`);
  const { createdAt, reason, recordCount, bytes } = described;
  const time = new Date(createdAt).toISOString();
  console.log(`    ${time}, ${reason}, ${recordCount} records, ${sizeOf(bytes)}, ${where.join(" and ")}`);
};

const print = (sessionId: string, found: readonly SnapshotAtRest[]): void => {
  console.log(found.length === 0 ? `There is no snapshot of ${sessionId}.` : `Snapshots of ${sessionId}`);
  for (const id of new Set(found.map((one) => one.id))) {
    printOne(
      id,
      found.filter((one) => one.id === id),
    );
  }
};

const isWithoutTable = (error: unknown): boolean =>
  error instanceof Error && errorCode(error.cause) === UNDEFINED_TABLE;

/** Everything there is to see; what keeps PostgreSQL from being seen is told. */
const look = async (place: Place, env: ReturnType<typeof parseEnv>, url: string | undefined) => {
  const { dataDir, sessionId } = place;
  const keys = { secret: env.SESSION_ENCRYPTION_KEY, previous: env.SESSION_ENCRYPTION_KEY_PREVIOUS };
  const lookWith = (database: Database | undefined) => lookAtSnapshots({ dataDir, sessionId, keys, database });
  if (url === undefined) {
    const why = "DATABASE_URL is not set, and no embedded PostgreSQL runs in DATA_DIR.";
    return { found: await lookWith(undefined), unasked: why };
  }
  const database = openDatabase({
    connectionString: url,
    applicationName: "blacksky-session",
    connectTimeoutMs: CONNECT_MS,
    poolSize: 1,
  });
  try {
    return { found: await lookWith(database), unasked: undefined };
  } catch (error) {
    // One that no bot has used yet has none.
    if (isWithoutTable(error)) return { found: await lookWith(undefined), unasked: undefined };
    if (!errorCode(error).startsWith("database.")) throw error;
    return { found: await lookWith(undefined), unasked: describeError(error) };
  } finally {
    await database.close();
  }
};

/** The snapshots of the bot's session, in PostgreSQL as far as it can be reached and on this disk. */
export const printSnapshots = async (place: Place): Promise<void> => {
  const { SESSION_ENCRYPTION_KEY, SESSION_ENCRYPTION_KEY_PREVIOUS, DATABASE_URL } = place.source;
  const env = parseEnv({ SESSION_ENCRYPTION_KEY, SESSION_ENCRYPTION_KEY_PREVIOUS, DATABASE_URL });
  const { found, unasked } = await look(place, env, env.DATABASE_URL ?? (await findRunningPostgres(place.dataDir)));
  print(place.sessionId, found);
  if (unasked !== undefined) console.log(`PostgreSQL was not asked. ${unasked}`);
};
