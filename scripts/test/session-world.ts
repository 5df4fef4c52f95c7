import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import { openDatabase, type Database } from "@blacksky/postgres";
import { startTestServer, type TestServer } from "@blacksky/postgres/testing";
import { session as messages } from "@blacksky/protocol";
import { openStore, storePath, type RecordChange } from "@blacksky/store";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionCommand } from "./bundled-session.ts";
import { startBackupWorker, type BackupWorker } from "../session/backup-worker.ts";

export const OLD_KEY = "the first key of this session, long enough";
export const NEW_KEY = "the second key of this session, long enough";
export const SECRET = "private bytes of the device";

export type Env = Readonly<Record<string, string>>;

interface SessionWorld {
  server: TestServer;
  databaseUrl: string;
  database: Database;
  dataDir: string;
}

/** One PostgreSQL for the test file; a database and a DATA_DIR of its own for each test. */
export const world = {} as SessionWorld;

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
  world.dataDir = mkdtempSync(join(tmpdir(), "blacksky-session-"));
  chmodSync(world.dataDir, 0o711);
});
afterEach(async () => {
  await world.database.close();
  rmSync(world.dataDir, { recursive: true, force: true });
});

/** The key of a bot, or none, and the one that shall take its place. */
export const keys = (present: string | undefined, next?: string): Env => ({
  ...(present === undefined ? {} : { SESSION_ENCRYPTION_KEY: present }),
  ...(next === undefined ? {} : { NEW_SESSION_ENCRYPTION_KEY: next }),
});

/** Runs `pnpm session …`; nothing of what it prints is secret. */
export const session = async (words: readonly string[], env: Env = {}): Promise<{ status: number; output: string }> => {
  const { dataDir, databaseUrl } = world;
  const child = spawn(process.execPath, [...sessionCommand.bundled, ...words], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], DATA_DIR: dataDir, SESSION_ID: "BOT", DATABASE_URL: databaseUrl, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  const [status] = (await once(child, "close")) as [number];
  expect(output).not.toMatch(new RegExp(`${OLD_KEY}|${NEW_KEY}|${SECRET}|postgres://`));
  return { status, output };
};

/** Starts the bot's backup worker. */
export const startWorker = (env: Env, folder = world.dataDir): Promise<BackupWorker> => {
  const { databaseUrl } = world;
  return startBackupWorker({
    env: { PATH: process.env["PATH"] ?? "", DATA_DIR: folder, SESSION_ID: "BOT", DATABASE_URL: databaseUrl, ...env },
  });
};

/** A record of text. */
export const put = (key: string, value: string): RecordChange => ({ key, value: Buffer.from(value) });

/** What the bot does. */
export const write = async (...changes: RecordChange[]): Promise<void> => {
  const store = openStore({ path: storePath(world.dataDir, "BOT") });
  await store.write(changes);
  await store.close();
};

/** Everything in the store. */
export const read = async (): Promise<Record<string, string>> => {
  const store = openStore({ path: storePath(world.dataDir, "BOT"), readOnly: true });
  const records = Array.from(store.entries(""), ({ key, value }) => [key, Buffer.from(value).toString()] as const);
  await store.close();
  return Object.fromEntries(records);
};

/** Takes a snapshot; resolves with its id. */
export const snapshot = async (worker: BackupWorker): Promise<string> => {
  const wanted = { reason: "for the test" };
  return (await worker.channel.request(messages.snapshot, wanted, { deadlineMs: 20_000 })).id;
};

/** A session of two records with a snapshot, saved with some key or none. */
export const save = async (env: Env): Promise<string> => {
  const worker = await startWorker(env);
  await write(put("session/creds", SECRET), put("session/session/1.0", "ratchet 1"));
  const id = await snapshot(worker);
  await worker.stop();
  return id;
};
