import { delay, lifeOf, LONG_OVER, systemClock } from "@blacksky/machine";
import { openDatabase } from "@blacksky/postgres";
import type { Database } from "@blacksky/postgres";
import { startTestServer } from "@blacksky/postgres/testing";
import type { TestServer } from "@blacksky/postgres/testing";
import type { RecordChange, Store } from "@blacksky/store";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { dump, makeDataDir, openBotStore, startTestWorker } from "./backup-world.ts";
import type { TestWorker, WorkerSettings } from "./backup-world.ts";

let server: TestServer;
let databaseUrl: string;
let database: Database;
let dataDirs: ReturnType<typeof makeDataDir>[] = [];
const workers: TestWorker[] = [];
const stores: Store[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  databaseUrl = await server.createDatabase();
  database = openDatabase({ connectionString: databaseUrl, applicationName: "test", connectTimeoutMs: 5_000 });
  dataDirs = [makeDataDir(), makeDataDir()];
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const worker of workers.splice(0)) worker.orphan();
  await database.close();
  for (const dataDir of dataDirs) dataDir.wipe();
});

const folder = (index: 0 | 1): string => dataDirs[index]?.path ?? "";

const start = (index: 0 | 1, more: Partial<WorkerSettings> = {}): TestWorker => {
  const worker = startTestWorker({ dataDir: folder(index), databaseUrl, host: `dyno-${index}`, ...more });
  workers.push(worker);
  return worker;
};

const openStoreOf = (index: 0 | 1): Store => {
  const store = openBotStore(folder(index));
  stores.push(store);
  return store;
};

const put = (key: string, value: string): RecordChange => ({ key, value: Buffer.from(value) });

describe("two dynos that overlap", () => {
  test("take turns: the second waits, then has everything the first wrote up to its end", async () => {
    const first = start(0);
    await first.ready();
    const store = openStoreOf(0);
    await store.write([put("session/creds", "me")]);
    const second = start(1);
    await second.until(({ phase, databaseConnected }) => phase === "standby" && databaseConnected, "it stands by");
    await store.write([put("session/session/1.0", "the last word")]);
    expect(await first.shutDown()).toEqual({ unfinished: 0 });
    await second.ready();
    expect(second.status).toMatchObject({ restoredFrom: "replica", lease: { held: true, epoch: 2 } });
    expect(dump(openStoreOf(1))).toEqual({ "session/creds": "me", "session/session/1.0": "the last word" });
    expect(openStoreOf(1).meta.get("restored.tail")).toBe("complete");
  });

  test("are told apart when the first vanishes: the lease runs out, and the tail is known to be uncertain", async () => {
    // A dyno that vanished renews nothing: its lease is taken by hand here.
    const first = start(0);
    await first.ready();
    await openStoreOf(0).write([put("session/creds", "me")]);
    await first.flush();
    await first.shutDown();
    await database.run(
      "update blacksky.replica set lease_holder = 'vanished', lease_expires_at = now() + interval '1 second'",
    );
    const second = start(1);
    await second.ready();
    expect(openStoreOf(1).meta.get("restored.tail")).toBe("unknown");
  });

  test("never write both: one that lost the lease says so at once and writes nothing more", async () => {
    const first = start(0);
    await first.ready();
    const store = openStoreOf(0);
    await store.write([put("session/creds", "me")]);
    await first.flush();
    await database.run("update blacksky.replica set epoch = epoch + 1, lease_holder = 'usurper'");
    await store.write([put("session/creds", "stale")]);
    await first.leaseLost();
    expect(first.status).toMatchObject({ phase: "standby", lease: { held: false } });
    expect(first.socketLostAfter).toEqual(LONG_OVER);
    await first.shutDown();
    const [row] = await database.rows<{ position: string }>("select position from blacksky.replica");
    expect(row).toEqual({ position: "1" });
  });

  test("notice the loss of the lease even when nothing is written", async () => {
    const worker = start(0);
    await worker.ready();
    await database.run("update blacksky.replica set epoch = epoch + 1, lease_holder = 'usurper'");
    await worker.leaseLost();
  });

  test("give up the socket before the lease runs out when the database is out of sight and somebody waits", async () => {
    const first = start(0);
    await first.ready();
    await openStoreOf(0).write([put("session/creds", "me")]);
    await first.flush();
    const second = start(1);
    await second.until(({ phase, databaseConnected }) => phase === "standby" && databaseConnected, "it stands by");
    expect(await second.leaseLost()).toContain("Another process holds the lease");
    const meta = openStoreOf(0).meta;
    while (meta.get("replica.contested") !== "yes") await database.run("select pg_sleep(0.02)");
    await first.until(({ databaseConnected }) => databaseConnected, "it is connected");
    await server.kill9();
    try {
      expect(await first.leaseLost()).toContain("another process waits");
      // There is time left to stop in order.
      expect(lifeOf(systemClock, first.socketLostAfter ?? LONG_OVER)).toBe("running");
      expect(first.status).toMatchObject({ phase: "standby" });
      await first.shutDown();
      // Not even after the time in which a lone one would go on with what is on its disk.
      const again = start(0, { pace: { degradedAfterMs: 1 } });
      while (!again.logged.includes("cannot be used")) await delay(systemClock, 20);
      await delay(systemClock, 300);
      expect(again.status?.phase ?? "standby").toBe("standby");
      await again.shutDown();
    } finally {
      await server.start();
    }
    await second.ready();
    expect(second.status).toMatchObject({ phase: "active", lease: { held: true } });
  });

  test("keep the lease for longer than it lasts without renewal", async () => {
    const worker = start(0, { pace: { leaseTtlMs: 300 } });
    await worker.ready();
    const expiry = async (): Promise<number> => {
      const row = await database.row<{ ms: string }>(
        "select extract(epoch from lease_expires_at) * 1000 as ms from blacksky.replica",
      );
      return Number(row?.ms);
    };
    const begin = await expiry();
    const deadline = process.hrtime.bigint() + 10_000_000_000n;
    while ((await expiry()) < begin + 600 && process.hrtime.bigint() < deadline)
      await database.run("select pg_sleep(0.02)");
    expect(await expiry()).toBeGreaterThanOrEqual(begin + 600);
  });
});

describe("a database that is away", () => {
  test("while the bot writes costs nothing: changes wait on disk and are replicated when it is back", async () => {
    const worker = start(0);
    await worker.ready();
    const store = openStoreOf(0);
    await store.write([put("session/creds", "me")]);
    await worker.flush();
    await server.kill9();
    await store.write([put("session/session/1.0", "during")]);
    const down = await worker.until(({ databaseConnected }) => !databaseConnected, "the outage shows");
    expect(down).toMatchObject({ phase: "active", lease: { held: true } });
    const late = await store.write([put("session/session/1.0", "later"), put("session/session/2.0", "more")]);
    await worker.until(({ lagMs }) => lagMs > 0, "the lag shows");
    await expect(worker.flush(200)).rejects.toMatchObject({ code: "backup.flushDeadline" });
    await server.start();
    await worker.until(({ replicatedPosition, lagMs }) => replicatedPosition === late && lagMs === 0, "it caught up");
    const [row] = await database.rows<{ n: number }>("select count(*)::int as n from blacksky.replica_record");
    expect(row).toEqual({ n: 3 });
  });

  test("at the start does not stop a session that was ours when it was last used", async () => {
    const first = start(0);
    await first.ready();
    const store = openStoreOf(0);
    await store.write([put("session/creds", "me")]);
    await first.shutDown();
    await server.shutDown();
    try {
      const second = start(0);
      await second.ready();
      expect(second.status).toMatchObject({ phase: "active", databaseConnected: false, restoredFrom: "local" });
      await expect(second.flush()).rejects.toMatchObject({ code: "backup.notReplicating" });
      const position = await store.write([put("session/session/1.0", "written without a database")]);
      await server.start();
      await second.until(({ replicatedPosition }) => replicatedPosition === position, "it caught up");
      expect(second.status).toMatchObject({ databaseConnected: true, lease: { held: true, epoch: 2 } });
    } finally {
      await server.start();
    }
  });

  test("at the start ends a session that another continued meanwhile", async () => {
    const first = start(0);
    await first.ready();
    await openStoreOf(0).write([put("session/creds", "me")]);
    await first.shutDown();
    // What another dyno would leave behind.
    await database.run("update blacksky.replica set written_epoch = 50, epoch = 50, position = 500");
    await server.shutDown();
    const second = start(0);
    await second.ready();
    await server.start();
    await second.leaseLost();
    expect(second.logged).toContain("continued this session");
  });

  test("at the end is not waited for longer than there is time, and the lease runs out by itself", async () => {
    const worker = start(0);
    await worker.ready();
    const store = openStoreOf(0);
    await store.write([put("session/creds", "me")]);
    await worker.flush();
    await server.shutDown();
    try {
      await store.write([put("session/session/1.0", "unsaved"), put("session/session/2.0", "unsaved")]);
      expect(await worker.shutDown(4_500)).toEqual({ unfinished: 2 });
    } finally {
      await server.start();
    }
    const [row] = await database.rows<{ held: boolean }>(
      "select lease_holder is not null as held from blacksky.replica",
    );
    expect(row).toEqual({ held: true });
  });
});

describe("a worker whose parent is gone", () => {
  test("flushes and ends with 0, but keeps the lease: nobody has seen the bot end", async () => {
    const worker = start(0);
    await worker.ready();
    const position = await openStoreOf(0).write([put("session/creds", "me")]);
    worker.orphan();
    expect(await worker.exited()).toBe(0);
    const [row] = await database.rows("select position::int, lease_holder from blacksky.replica");
    expect(row).toEqual({ position, lease_holder: expect.stringContaining("@dyno-0") });
  });

  test("ends at once while it stands by", async () => {
    const first = start(0);
    await first.ready();
    const second = start(1);
    await second.until(({ databaseConnected }) => databaseConnected, "it stands by");
    expect(await second.shutDown()).toEqual({ unfinished: 0 });
    expect(await second.exited()).toBe(0);
  });
});
