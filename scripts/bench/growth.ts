import { randomBytes } from "node:crypto";
import { waitFor } from "@blacksky/harness";
import { pick, seededRandom } from "@blacksky/machine";
import { acquireLease, createReplicaClient, migrate, openDatabase, type Database } from "@blacksky/postgres";
import { startTestServer, type TestServer } from "@blacksky/postgres/testing";

/** How much of one replica is rewritten; autovacuum comes by after each minute, as it does in production. */
export interface GrowthOptions {
  readonly sessions: number;
  readonly rewritesPerMinute: number;
  readonly minutes: number;
  /** Told from time to time. */
  readonly report?: (line: string) => void;
}

/** Bytes of the tables of a replica, with indexes and what lies outside the rows. */
export interface GrowthFigures {
  /** Of the values themselves. */
  readonly liveBytes: number;
  readonly firstBytes: number;
  readonly largestBytes: number;
  readonly lastBytes: number;
  /** What was written in all: as large as the tables would be if nothing were used again. */
  readonly writtenBytes: number;
}

const SESSION_ID = "GROWTH";
/** What a busy bot's change set holds. */
const BATCH = 20;
const MIN_BYTES = 600;
const MAX_BYTES = 3_000;
const VACUUM_MS = 30_000;

const SIZE = `
  select sum(pg_total_relation_size(c.oid))::float8 as bytes from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'blacksky' and c.relname in ('replica', 'replica_record') and c.relkind = 'r'`;

const VACUUMS = `
  select coalesce(sum(s.autovacuum_count), 0)::int as n from pg_stat_all_tables as s
  join pg_class as c on s.relid in (c.oid, c.reltoastrelid)
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'blacksky' and c.relname = 'replica_record'`;

const measure = async (database: Database): Promise<number> =>
  (await database.row<{ bytes: number }>(SIZE))?.bytes ?? 0;

const countVacuums = async (database: Database): Promise<number> =>
  (await database.row<{ n: number }>(VACUUMS))?.n ?? 0;

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

const prepare = async (server: TestServer): Promise<Database> => {
  const connectionString = await server.createDatabase();
  const database = openDatabase({ connectionString, applicationName: "growth", connectTimeoutMs: 5_000 });
  // What takes an hour in production is to be seen in a minute; the table's own settings decide the rest.
  await database.run("alter system set autovacuum_naptime = '1s'");
  await database.run("select pg_reload_conf()");
  await migrate(database);
  return database;
};

/** Rewrites sessions as a bot's messages do, through the replica's own client, while autovacuum is at work. */
export const measureGrowth = async ({
  sessions,
  rewritesPerMinute,
  minutes,
  report,
}: GrowthOptions): Promise<GrowthFigures> => {
  const random = seededRandom(1);
  const server = await startTestServer();
  const database = await prepare(server);
  try {
    const outcome = await acquireLease(database, SESSION_ID, "growth", 3_600_000);
    if (!outcome.acquired) throw new Error("The lease of a new database is taken.");
    const client = createReplicaClient(database);
    const keys = Array.from({ length: sessions }, (_, at) => `session/session/${at}.0`);
    const sizes = new Map<string, number>();
    let position = 0;
    let writtenBytes = 0;
    // As sealed records are: nothing to compress.
    const write = async (chosen: readonly string[], complete: boolean): Promise<void> => {
      const upserts = [...new Set(chosen)].map((key) => {
        const value = randomBytes(MIN_BYTES + Math.floor(random() * (MAX_BYTES - MIN_BYTES)));
        sizes.set(key, value.length);
        writtenBytes += value.length;
        return { key, value };
      });
      position += upserts.length;
      const { lease } = outcome;
      const sealing = { schemaVersion: 1, keyFingerprint: null, complete, deletes: [] };
      await client.applyChangeSet({ lease, position, upserts, ...sealing });
    };
    await write(keys, true);
    const firstBytes = await measure(database);
    let largestBytes = firstBytes;
    const rewriteUntil = async (end: number): Promise<void> => {
      const chosen = (): string[] => Array.from({ length: BATCH }, () => pick(random, keys));
      for (let at = position; at < end; at = position) await write(chosen(), false);
    };
    for (let minute = 1; minute <= minutes; minute++) {
      const before = await countVacuums(database);
      await rewriteUntil(rewritesPerMinute * minute + sessions);
      const bytes = await measure(database);
      largestBytes = Math.max(largestBytes, bytes);
      report?.(`${position - sessions} rewrites: ${megabytes(bytes)}`);
      await waitFor(
        "autovacuum comes by",
        async () => ((await countVacuums(database)) > before ? true : undefined),
        VACUUM_MS,
      );
    }
    const liveBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    return { liveBytes, firstBytes, largestBytes, lastBytes: await measure(database), writtenBytes };
  } finally {
    await database.close();
    await server.stop();
  }
};

/** A busy bot: 33 messages a second. */
export const BUSY = { sessions: 500, rewritesPerMinute: 2_000 } as const;
const MINUTES = 20;

/** `pnpm bench growth`: what PostgreSQL needs for a session that is rewritten all day. */
export const benchGrowth = async (_rounds: number, quick: boolean): Promise<void> => {
  const minutes = quick ? MINUTES / 4 : MINUTES;
  const print = (line: string): void => console.log(line);
  const figures = await measureGrowth({ ...BUSY, minutes, report: print });
  const { liveBytes, firstBytes, largestBytes, lastBytes, writtenBytes } = figures;
  print(`${BUSY.sessions} sessions of ${megabytes(liveBytes)}, rewritten ${BUSY.rewritesPerMinute * minutes} times`);
  print(`  written ${megabytes(writtenBytes)}, tables at first ${megabytes(firstBytes)}`);
  print(`  at most ${megabytes(largestBytes)}, at last ${megabytes(lastBytes)}`);
};
