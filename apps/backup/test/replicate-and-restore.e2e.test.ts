import { openDatabase } from "@blacksky/postgres";
import type { Database } from "@blacksky/postgres";
import { startTestServer } from "@blacksky/postgres/testing";
import type { TestServer } from "@blacksky/postgres/testing";
import type { RecordChange } from "@blacksky/store";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "@jest/globals";

import { dump, flipped, makeDataDir, openBotStore, startTestWorker } from "./backup-world.ts";
import type { TestWorker, WorkerSettings } from "./backup-world.ts";

const KEY = "a session key of thirty-two characters or more";

let server: TestServer;
let databaseUrl: string;
let database: Database;
let dataDir: ReturnType<typeof makeDataDir>;
const workers: TestWorker[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  databaseUrl = await server.createDatabase();
  database = openDatabase({ connectionString: databaseUrl, applicationName: "test", connectTimeoutMs: 5_000 });
  dataDir = makeDataDir();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.orphan();
  await database.close();
  dataDir.wipe();
});

const start = (more: Partial<WorkerSettings> = {}): TestWorker => {
  const worker = startTestWorker({ dataDir: dataDir.path, databaseUrl, key: KEY, ...more });
  workers.push(worker);
  return worker;
};

const started = async (more: Partial<WorkerSettings> = {}): Promise<TestWorker> => {
  const worker = start(more);
  await worker.ready();
  return worker;
};

const put = (key: string, value: string): RecordChange => ({ key, value: Buffer.from(value) });

/** What the bot does: opens the store, writes, closes. */
const write = async (...changes: RecordChange[]): Promise<number> => {
  const store = openBotStore(dataDir.path);
  const position = await store.write(changes);
  await store.close();
  return position;
};

const read = async (): Promise<{
  records: Record<string, string>;
  origin: string | undefined;
  tail: string | undefined;
}> => {
  const store = openBotStore(dataDir.path);
  const found = { records: dump(store), origin: store.meta.get("origin"), tail: store.meta.get("restored.tail") };
  await store.close();
  return found;
};

const RECORDS = [put("session/creds", "me"), put("session/session/1.0", "ratchet"), put("outbox/1", "hello")];
const AS_TEXT = { "session/creds": "me", "session/session/1.0": "ratchet", "outbox/1": "hello" };

describe("a new session", () => {
  test("may begin when neither disk nor database has one", async () => {
    const worker = await started();
    expect(worker.status).toMatchObject({ phase: "active", restoredFrom: "fresh", lease: { held: true, epoch: 1 } });
    expect((await read()).origin).toBe("fresh");
  });

  test("is replicated as it is written, restored after the disk was wiped, and goes on", async () => {
    const first = await started();
    await write(...RECORDS);
    const position = await write(put("session/session/1.0", "ratchet 2"), { key: "outbox/1", value: undefined });
    await first.until((status) => status.replicatedPosition === position, "all is replicated");
    await first.shutDown();
    dataDir.wipe();
    const second = await started({ host: "another dyno" });
    expect(second.status).toMatchObject({ restoredFrom: "replica", position, replicatedPosition: position });
    const records = { "session/creds": "me", "session/session/1.0": "ratchet 2" };
    expect(await read()).toEqual({ records, origin: "restored", tail: "complete" });
    const next = await write(put("session/session/2.0", "new"));
    expect(next).toBeGreaterThan(position);
    expect(await second.flush()).toBe(next);
    await second.shutDown();
    dataDir.wipe();
    await started();
    expect((await read()).records).toEqual({ ...records, "session/session/2.0": "new" });
  });

  test("leaves nothing readable in the database", async () => {
    const worker = await started();
    await write(...RECORDS);
    await worker.flush();
    const rows = await database.rows<{ value: Buffer }>("select value from blacksky.replica_record");
    expect(rows).toHaveLength(3);
    for (const { value } of rows) expect(value.toString("latin1")).not.toMatch(/me|ratchet|hello/);
  });
});

describe("the local store", () => {
  test("is kept when it is as new as its replica, and what the replica lacks is written", async () => {
    const first = await started();
    await write(...RECORDS);
    await first.flush();
    await first.shutDown();
    const position = await write(put("session/session/9.0", "written while nobody replicated"));
    const second = await started();
    expect(second.status).toMatchObject({ restoredFrom: "local", position });
    expect(await second.flush()).toBe(position);
    expect(second.restartsRequested).toEqual([]);
  });

  test("is put aside when another machine has continued the session, and the bot is asked to let go of it", async () => {
    const first = await started();
    await write(...RECORDS);
    await first.flush();
    await first.shutDown();
    const elsewhere = makeDataDir();
    const other = await started({ dataDir: elsewhere.path, host: "elsewhere" });
    const store = openBotStore(elsewhere.path);
    await store.write([put("session/session/1.0", "continued")]);
    await other.flush();
    await store.close();
    await other.shutDown();
    await write(...Array.from({ length: 20 }, (_, index) => put(`session/session/${index}.9`, "stale")));
    const back = await started();
    expect(back.status).toMatchObject({ restoredFrom: "replica" });
    expect((await read()).records).toEqual({ ...AS_TEXT, "session/session/1.0": "continued" });
    expect(back.restartsRequested).toEqual(["bot"]);
    expect(back.logged).toContain("overtaken");
    elsewhere.wipe();
  });

  test("is copied as a whole to a database that has never seen it", async () => {
    const first = await started();
    await write(...RECORDS);
    await first.flush();
    await first.shutDown();
    databaseUrl = await server.createDatabase();
    const second = await started();
    expect(second.status).toMatchObject({ restoredFrom: "local" });
    await second.until((status) => status.replicatedPosition === status.position, "the copy is complete");
    await second.shutDown();
    dataDir.wipe();
    await started();
    expect((await read()).records).toEqual(AS_TEXT);
  });

  test("is replicated again as a whole, encrypted, once there is a key", async () => {
    const { key: _, ...plain } = { key: KEY, dataDir: dataDir.path, databaseUrl };
    const first = startTestWorker(plain);
    workers.push(first);
    await first.ready();
    expect(first.logged).toContain("NOT encrypted");
    await write(...RECORDS);
    await first.flush();
    await first.shutDown();
    const second = await started();
    await second.flush();
    const rows = await database.rows<{ value: Buffer }>("select value from blacksky.replica_record");
    for (const { value } of rows) expect(value.toString("latin1")).not.toMatch(/me|ratchet|hello/);
    await second.shutDown();
    dataDir.wipe();
    await started();
    expect((await read()).records).toEqual(AS_TEXT);
  });
});

describe("failing closed", () => {
  const replicateAndWipe = async (): Promise<void> => {
    const worker = await started();
    await write(...RECORDS);
    await worker.flush();
    await worker.shutDown();
    dataDir.wipe();
  };

  test("a damaged row is not restored", async () => {
    await replicateAndWipe();
    await database.run(`update blacksky.replica_record set value = ${flipped("value")} where key = 'session/creds'`);
    const worker = start();
    expect(await worker.exited()).toBe(75);
    expect(worker.logged).toContain("damaged");
    expect(worker.status?.phase).not.toBe("active");
    await database.run("update blacksky.replica_record set value = value");
  });

  test("a missing row is noticed", async () => {
    await replicateAndWipe();
    await database.run("delete from blacksky.replica_record where key = 'session/creds'");
    const worker = start();
    expect(await worker.exited()).toBe(75);
    expect(worker.logged).toContain("should have 3 records");
  });

  test.each([
    ["with the disk wiped", () => dataDir.wipe()],
    ["with the store still there", () => undefined],
  ])("another key, or none, changes nothing and says what to do, %s", async (_, lose) => {
    const worker = await started();
    await write(...RECORDS);
    await worker.flush();
    await worker.shutDown();
    lose();
    const before = await database.rows("select key, value from blacksky.replica_record order by key");
    for (const keys of [{ key: `${KEY}, but another` }, { key: `${KEY}, a`, previousKey: `${KEY}, b` }]) {
      const wrong = start(keys);
      expect(await wrong.exited()).toBe(64);
      expect(wrong.logged).toContain("Set SESSION_ENCRYPTION_KEY to what it was");
    }
    const { key: _key, ...keyless } = { key: KEY, dataDir: dataDir.path, databaseUrl };
    expect(await startTestWorker(keyless).exited()).toBe(64);
    expect(await database.rows("select key, value from blacksky.replica_record order by key")).toEqual(before);
    await started();
    expect((await read()).records).toEqual(AS_TEXT);
  });

  test("no new session begins while the database cannot be reached", async () => {
    const worker = start({ databaseUrl: databaseUrl.replace(/:\d+\//, ":1/") });
    expect(await worker.exited()).toBe(75);
    expect(worker.logged).toContain("Nothing listens where DATABASE_URL points");
  });
});
