import { randomBytes } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";

import { openDatabase } from "@blacksky/postgres";
import type { Database } from "@blacksky/postgres";
import { startTestServer } from "@blacksky/postgres/testing";
import type { TestServer } from "@blacksky/postgres/testing";
import { session } from "@blacksky/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { spawnBackup } from "./backup-process.ts";
import type { BackupProcess } from "./backup-process.ts";
import { dump, makeDataDir, openBotStore } from "./backup-world.ts";

const KEY = "a session key of thirty-two characters or more";
const KILLS = Number(process.env["KILL_ROUNDS"] ?? 4);

let dataDir: ReturnType<typeof makeDataDir>;
const processes: BackupProcess[] = [];

const spawn = async (env: Record<string, string>): Promise<BackupProcess> => {
  const started = await spawnBackup({ DATA_DIR: dataDir.path, SESSION_ENCRYPTION_KEY: KEY, ...env });
  processes.push(started);
  return started;
};

beforeEach(() => {
  dataDir = makeDataDir();
});
afterEach(async () => {
  for (const { child, exited } of processes.splice(0)) {
    child.kill("SIGKILL");
    await exited;
  }
  dataDir.wipe();
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("the worker as a process, with a database of its own", () => {
  let server: TestServer;
  let env: Record<string, string>;
  let database: Database;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const connectionString = await server.createDatabase();
    env = { DATABASE_URL: connectionString };
    database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
  });
  afterEach(() => database.close());

  test("ignores the signals that reach every process of a dyno, and obeys its parent", async () => {
    const worker = await spawn(env);
    const store = openBotStore(dataDir.path);
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGTERM"] as const) worker.child.kill(signal);
    const position = await store.write([{ key: "session/creds", value: Buffer.from("me") }]);
    expect(await worker.flush()).toBe(position);
    await store.close();
    expect(await worker.shutDown()).toEqual({ unfinished: 0 });
    expect(await worker.exited).toEqual({ code: 0, signal: null });
  });

  test("ends by itself, with everything flushed, when its parent is gone", async () => {
    const worker = await spawn(env);
    const store = openBotStore(dataDir.path);
    await store.write([{ key: "session/creds", value: Buffer.from("me") }]);
    await store.close();
    worker.child.disconnect();
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    // The lease runs out by itself: the bot may still have its socket.
    const row = await database.row("select position::int, lease_holder is not null as held from blacksky.replica");
    expect(row).toEqual({ position: 1, held: true });
  });

  test("flushes a thousand dirty records well within a shutdown", async () => {
    const worker = await spawn(env);
    const store = openBotStore(dataDir.path);
    await worker.flush();
    const value = randomBytes(1_300);
    const changes = Array.from({ length: 1_000 }, (_, index) => ({ key: `session/session/${index}.0`, value }));
    const position = await store.write(changes);
    const begin = performance.now();
    expect(await worker.flush()).toBe(position);
    const elapsedMs = performance.now() - begin;
    await store.close();
    // A platform gives thirty seconds; the benches say what it really takes.
    expect(elapsedMs).toBeLessThan(10_000);
  });

  test("never leaves half of a write in the replica, however often it is killed", async () => {
    for (let round = 0; round < KILLS; round++) {
      const worker = await spawn(env);
      const store = openBotStore(dataDir.path);
      const before = worker.status?.replicatedPosition ?? 0;
      const kill = new AbortController();
      // In the middle of a change set, at another point of it each time.
      worker.channel.on(session.statusChanged, ({ replicatedPosition }) => {
        if (replicatedPosition > before) kill.abort();
      });
      for (let count = 0, more = 20 + round * 37; more > 0; count++) {
        const value = Buffer.from(`${round}.${count} ${"x".repeat(count % 2_000)}`);
        await store.write([
          { key: "session/left", value },
          { key: `session/session/${count % 50}`, value },
          { key: "session/right", value },
        ]);
        if (kill.signal.aborted) more -= 1;
        // A write is done within the turn; the worker's news comes in another one.
        await setImmediate();
      }
      worker.child.kill("SIGKILL");
      await store.close();
      await worker.exited;
    }
    // As the database is now, without the last flush that none of them had.
    const elsewhere = makeDataDir();
    await database.run("update blacksky.replica set lease_holder = null");
    const restored = await spawn({ ...env, DATA_DIR: elsewhere.path });
    expect(restored.status).toMatchObject({ restoredFrom: "replica" });
    const copy = openBotStore(elsewhere.path);
    const records = dump(copy);
    expect(records["session/left"]).toBeDefined();
    expect(records["session/left"]).toBe(records["session/right"]);
    await copy.close();
    elsewhere.wipe();
  });
});

describe("the worker as a process, without DATABASE_URL", () => {
  const embeddedPid = (): number => {
    const home = join(realpathSync(dataDir.path), "postgres");
    return Number(readFileSync(join(home, "cluster", "postmaster.pid"), "utf8").split("\n")[0]);
  };

  test("brings an embedded PostgreSQL along, finds it again after a kill -9, and stops it at the end", async () => {
    const first = await spawn({});
    const pid = embeddedPid();
    const store = openBotStore(dataDir.path);
    const position = await store.write([{ key: "session/creds", value: Buffer.from("me") }]);
    expect(await first.flush()).toBe(position);
    await store.close();
    first.child.kill("SIGKILL");
    await first.exited;
    expect(isAlive(pid)).toBe(true);
    const second = await spawn({});
    expect(embeddedPid()).toBe(pid);
    expect(second.status).toMatchObject({ restoredFrom: "local", replicatedPosition: position });
    await second.shutDown();
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);
  });

  test("restarts an embedded PostgreSQL that was killed, and goes on replicating", async () => {
    const worker = await spawn({});
    const pid = embeddedPid();
    process.kill(pid, "SIGKILL");
    const store = openBotStore(dataDir.path);
    const position = await store.write([{ key: "session/creds", value: Buffer.from("me") }]);
    expect(await worker.flush(20_000)).toBe(position);
    await store.close();
    expect(embeddedPid()).not.toBe(pid);
    await worker.shutDown();
  });
});
