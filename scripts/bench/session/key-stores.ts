import { openDatabase } from "@blacksky/postgres";
import { createAuthState } from "@blacksky/session";
import { openStore, storePath } from "@blacksky/store";
import { BufferJSON, useMultiFileAuthState, type SignalDataSet } from "@whiskeysockets/baileys";
import { fork } from "node:child_process";
import { once } from "node:events";
import { open } from "lmdb";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SESSION_ID, startBackupWorker, type BackupWorker } from "./backup-worker.ts";

/** How often the bot tells the backup worker that something has changed. */
const NEWS_EVERY_MS = 100;

/** One way to keep Signal keys. */
export interface KeyStore {
  set(keys: SignalDataSet): Promise<unknown>;
  close(): Promise<void>;
}

/** Ours, with the backup worker that replicates it. */
export interface OurKeyStore extends KeyStore {
  readonly worker: BackupWorker;
  readonly position: number;
}

/** A folder of its own, and its removal. */
export const makeFolder = (name: string): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** Our auth state over the local store, replicated meanwhile. The folder stays. */
export const openOurs = async (dataDir: string, databaseUrl: string, key: string): Promise<OurKeyStore> => {
  const worker = await startBackupWorker({ dataDir, databaseUrl, key });
  const store = openStore({ path: storePath(dataDir, SESSION_ID) });
  const { state } = createAuthState(store);
  let told = 0;
  const news = setInterval(() => {
    const { position } = store;
    if (position !== told) worker.changed(position);
    told = position;
  }, NEWS_EVERY_MS);
  return {
    worker,
    get position() {
      return store.position;
    },
    set: async (keys) => state.keys.set(keys),
    async close() {
      clearInterval(news);
      await store.close();
      await worker.stop();
    },
  };
};

/** What most bots use: a file per key. */
export const openMultiFile = async (): Promise<KeyStore> => {
  const folder = makeFolder("multi-file");
  const { state } = await useMultiFileAuthState(folder.path);
  return { set: async (keys) => state.keys.set(keys), close: async () => folder.remove() };
};

/**
 * The database that ours stands on, and nothing else: JSON under a key, written by LMDB's own thread. No checksums, no
 * feed, nobody who reads along, no copy anywhere: more than this cannot be had of it.
 */
export const openBareLmdb = async (): Promise<KeyStore> => {
  const folder = makeFolder("lmdb");
  const database = open<Buffer, string>(folder.path, { noSync: true, noSubdir: false, encoding: "binary" });
  const setOne = (key: string, value: unknown): Promise<boolean> =>
    value === null || value === undefined
      ? database.remove(key)
      : database.put(key, Buffer.from(JSON.stringify(value, BufferJSON.replacer)));
  return {
    set: (keys) =>
      Promise.all(
        Object.entries(keys).flatMap(([kind, entries]) =>
          Object.entries(entries ?? {}).map(([id, value]) => setOne(`${kind}-${id}`, value)),
        ),
      ),
    close: async () => {
      await database.close();
      folder.remove();
    },
  };
};

const POSTGRES_BAILEYS = fileURLToPath(new URL("postgres-baileys.mjs", import.meta.url));

/** The npm package in a process of its own; the way there and back, some 0.1 ms, counts as its time. */
export const openPostgresBaileys = async (databaseUrl: string): Promise<KeyStore> => {
  const child = fork(POSTGRES_BAILEYS, [databaseUrl], { execArgv: [], serialization: "advanced" });
  const exited = once(child, "exit");
  const waiting = new Map<number, () => void>();
  child.on("message", ({ id }: { id: number }) => {
    waiting.get(id)?.();
    waiting.delete(id);
  });
  const ended = exited.then(() => Promise.reject(new Error("postgres-baileys ended.")));
  ended.catch(() => undefined);
  await Promise.race([once(child, "message"), ended]);
  let last = 0;
  return {
    set: (keys) => {
      const id = ++last;
      const kept = new Promise<void>((resolve) => waiting.set(id, resolve));
      child.send({ id, keys });
      return Promise.race([kept, ended]);
    },
    async close() {
      child.kill("SIGKILL");
      await exited;
    },
  };
};

const UPSERT = `insert into plain_key (session_id, key, value) values ($1, $2, $3)
  on conflict (session_id, key) do update set value = excluded.value`;

/** What a careful hand would write first: a row per key, an upsert per key, on ten connections. */
export const openPlainUpserts = async (databaseUrl: string): Promise<KeyStore> => {
  const settings = { connectionString: databaseUrl, applicationName: "plain", connectTimeoutMs: 5000, poolSize: 10 };
  const database = openDatabase(settings);
  await database.run(`create table if not exists plain_key (
    session_id text not null, key text not null, value text not null, primary key (session_id, key))`);
  const setOne = (key: string, value: unknown): Promise<number> =>
    value === null || value === undefined
      ? database.run("delete from plain_key where session_id = $1 and key = $2", [SESSION_ID, key])
      : database.run(UPSERT, [SESSION_ID, key, JSON.stringify(value, BufferJSON.replacer)]);
  return {
    set: (keys) =>
      Promise.all(
        Object.entries(keys).flatMap(([kind, entries]) =>
          Object.entries(entries ?? {}).map(([id, value]) => setOne(`${kind}-${id}`, value)),
        ),
      ),
    close: () => database.close(),
  };
};
