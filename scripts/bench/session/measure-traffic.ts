import { delay, systemClock } from "@blacksky/machine";
import { openDatabase, type Database } from "@blacksky/postgres";
import { startTestServer } from "@blacksky/postgres/testing";
import { quantile, record, type Samples } from "./figures.ts";
import { makeFolder, openOurs, openPlainUpserts } from "./key-stores.ts";
import type { Trace } from "./trace.ts";

const MESSAGES_PER_SECOND = 100;
const LOOK_EVERY_MS = 5;
const PAUSE_MS = 1000;

/** Names of the figures that `measureTraffic` records. */
export const TRAFFIC = {
  lagP50: "replication lag at 100 messages/s, p50 ms",
  lagP99: "replication lag at 100 messages/s, p99 ms",
  ourWal: "PostgreSQL WAL per message, bytes",
  plainWal: "one upsert per key: WAL per message, bytes",
  ourRows: "rows written per message",
  plainRows: "one upsert per key: rows written per message",
} as const;

const walBytes = async (database: Database): Promise<number> => {
  const row = await database.row<{ bytes: string }>("select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes");
  return Number(row?.bytes);
};

/** Rows written so far; a backend tells its own only when it ends. */
const rowsWritten = async (database: Database): Promise<number> => {
  const row = await database.row<{ written: string }>(
    `select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) as written from pg_stat_user_tables
     where relname in ('replica_record', 'plain_key')`,
  );
  return Number(row?.written);
};

const replicatedPosition = async (database: Database): Promise<number> => {
  const row = await database.row<{ position: string }>("select max(position) as position from blacksky.replica");
  return Number(row?.position);
};

interface Written {
  readonly position: number;
  readonly atMs: number;
}

/** Looks at PostgreSQL until all is there; the lag of each write, measured from outside. */
const watchLags = async (database: Database, waiting: Written[], isOver: () => boolean): Promise<number[]> => {
  const lags: number[] = [];
  while (waiting.length > 0 || !isOver()) {
    const position = await replicatedPosition(database);
    const now = performance.now();
    for (let next = waiting[0]; next !== undefined && next.position <= position; next = waiting[0]) {
      lags.push(now - next.atMs);
      waiting.shift();
    }
    await delay(systemClock, LOOK_EVERY_MS);
  }
  return lags;
};

const measureOurs = async (samples: Samples, databaseUrl: string, key: string, trace: Trace): Promise<number> => {
  const folder = makeFolder("ours");
  const ours = await openOurs(folder.path, databaseUrl, key);
  const database = openDatabase({ connectionString: databaseUrl, applicationName: "bench", connectTimeoutMs: 5000 });
  for (const keys of trace.before) await ours.set(keys);
  await ours.worker.flush();
  await delay(systemClock, PAUSE_MS);
  const wal = await walBytes(database);
  const waiting: Written[] = [];
  let over = false;
  const watching = watchLags(database, waiting, () => over);
  const from = performance.now();
  for (const [at, sets] of trace.messages.entries()) {
    const wait = from + (at * 1000) / MESSAGES_PER_SECOND - performance.now();
    if (wait > 1) await delay(systemClock, wait);
    for (const keys of sets) {
      await ours.set(keys);
      waiting.push({ position: ours.position, atMs: performance.now() });
    }
  }
  over = true;
  const lags = await watching;
  record(samples, TRAFFIC.lagP50, quantile(lags, 0.5));
  record(samples, TRAFFIC.lagP99, quantile(lags, 0.99));
  record(samples, TRAFFIC.ourWal, ((await walBytes(database)) - wal) / trace.messages.length);
  await ours.close();
  const records = trace.before.reduce((sum, keys) => sum + Object.values(keys).flatMap(Object.keys).length, 0);
  const rows = (await rowsWritten(database)) - records;
  await database.close();
  folder.remove();
  return rows / trace.messages.length;
};

const measurePlain = async (samples: Samples, databaseUrl: string, trace: Trace): Promise<number> => {
  const plain = await openPlainUpserts(databaseUrl);
  const database = openDatabase({ connectionString: databaseUrl, applicationName: "bench", connectTimeoutMs: 5000 });
  for (const keys of trace.before) await plain.set(keys);
  const wal = await walBytes(database);
  let rows = 0;
  for (const sets of trace.messages) {
    for (const keys of sets) {
      rows += Object.values(keys).flatMap(Object.keys).length;
      await plain.set(keys);
    }
  }
  record(samples, TRAFFIC.plainWal, ((await walBytes(database)) - wal) / trace.messages.length);
  await plain.close();
  await database.close();
  return rows / trace.messages.length;
};

/**
 * Traffic at a steady pace: how late PostgreSQL has it, and what it costs there, beside one upsert per key. On a server of
 * its own, whose log has nothing of other measurements or of the vacuum behind them; both begin after a checkpoint and on
 * tables that were filled since, so that neither pays for images of whole pages.
 */
export const measureTraffic = async (samples: Samples, key: string, trace: Trace): Promise<void> => {
  const server = await startTestServer();
  try {
    const urls = [await server.createDatabase(), await server.createDatabase()] as const;
    const database = openDatabase({ connectionString: urls[0], applicationName: "bench", connectTimeoutMs: 5000 });
    await database.run("checkpoint");
    await database.close();
    const ourRows = await measureOurs(samples, urls[0], key, trace);
    const plainRows = await measurePlain(samples, urls[1], trace);
    record(samples, TRAFFIC.ourRows, ourRows);
    record(samples, TRAFFIC.plainRows, plainRows);
  } finally {
    await server.stop();
  }
};
