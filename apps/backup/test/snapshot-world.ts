import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openDatabase } from "@blacksky/postgres";
import type { Database } from "@blacksky/postgres";
import { startTestServer } from "@blacksky/postgres/testing";
import type { TestServer } from "@blacksky/postgres/testing";
import type { RecordChange } from "@blacksky/store";
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";

import { dump, flipped, makeDataDir, openBotStore, startTestWorker } from "./backup-world.ts";
import type { TestWorker, WorkerSettings } from "./backup-world.ts";

/** The key of every worker here. */
export const KEY = "a session key of thirty-two characters or more";

/** A record of text. */
export const put = (key: string, value: string): RecordChange => ({ key, value: Buffer.from(value) });

interface World {
  server: TestServer;
  databaseUrl: string;
  database: Database;
  dataDir: ReturnType<typeof makeDataDir>;
}

/** One PostgreSQL for the test file; a database and a DATA_DIR of its own for each test. */
export const world = {} as World;

const workers: TestWorker[] = [];

beforeAll(async () => {
  world.server = await startTestServer();
});
afterAll(() => world.server.stop());

beforeEach(async () => {
  world.databaseUrl = await world.server.createDatabase();
  world.database = openDatabase({
    connectionString: world.databaseUrl,
    applicationName: "test",
    connectTimeoutMs: 5_000,
  });
  world.dataDir = makeDataDir();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.orphan();
  await world.database.close();
  world.dataDir.wipe();
});

/** Starts a worker; with `more`, other than by default. */
export const start = (more: Partial<WorkerSettings> = {}): TestWorker => {
  const worker = startTestWorker({ dataDir: world.dataDir.path, databaseUrl: world.databaseUrl, key: KEY, ...more });
  workers.push(worker);
  return worker;
};

/** Starts a worker and waits until it is ready. */
export const started = async (more: Partial<WorkerSettings> = {}): Promise<TestWorker> => {
  const worker = start(more);
  await worker.ready();
  return worker;
};

/** Without any database; `null` is no key. */
export const startLocal = ({
  key = KEY,
  ...more
}: Omit<Partial<WorkerSettings>, "key"> & { readonly key?: string | null } = {}): TestWorker => {
  const settings = { dataDir: world.dataDir.path, ...more };
  const worker = startTestWorker(key === null ? settings : { ...settings, key });
  workers.push(worker);
  return worker;
};

/** What the bot does: opens the store, writes, closes. Resolves with the position. */
export const write = async (...changes: RecordChange[]): Promise<number> => {
  const store = openBotStore(world.dataDir.path);
  const position = await store.write(changes);
  await store.close();
  return position;
};

/** Everything in the store. */
export const read = async (): Promise<Record<string, string>> => {
  const store = openBotStore(world.dataDir.path);
  const records = dump(store);
  await store.close();
  return records;
};

/** The snapshots in PostgreSQL, the oldest first. */
export const listRows = (): Promise<{ id: string; reason: string }[]> =>
  world.database.rows("select id, reason from blacksky.snapshot order by created_at, id");

/** The folder of the snapshots on this disk. */
export const backups = (): string => join(world.dataDir.path, "backups", "BOT");
/** What is in it. */
export const files = (): string[] => (existsSync(backups()) ? readdirSync(backups()).toSorted() : []);
/** Loses the local store, and nothing else. */
export const wipeStore = (): void => rmSync(join(world.dataDir.path, "store"), { recursive: true });
/** Loses the snapshots on this disk. */
export const wipeBackups = (): void => rmSync(backups(), { recursive: true });

/** Damages one row of the replica. */
export const damageRows = (): Promise<number> =>
  world.database.run(
    `update blacksky.replica_record set value = ${flipped("value")}
     where session_id = 'BOT' and key = 'session/creds'`,
  );
/** Damages one snapshot in PostgreSQL. */
export const damageSnapshot = (id: string): Promise<number> =>
  world.database.run(`update blacksky.snapshot_chunk set content = ${flipped("content")} where snapshot_id = $1`, [id]);
/** Damages one snapshot on this disk. */
export const damageFile = (name: string): void => {
  const path = join(backups(), name);
  const bytes = readFileSync(path);
  bytes.fill(0, 60, 70);
  writeFileSync(path, bytes);
};
