import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { delay, systemClock } from "@blacksky/machine";
import { openDatabase } from "@blacksky/postgres";
import type { Database } from "@blacksky/postgres";
import { startTestServer } from "@blacksky/postgres/testing";
import type { TestServer } from "@blacksky/postgres/testing";
import { storePath } from "@blacksky/store";
import type { RecordChange, Store } from "@blacksky/store";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { dump, flipped, makeDataDir, openBotStore, startTestWorker } from "./backup-world.ts";
import type { TestWorker, WorkerSettings } from "./backup-world.ts";

const KEY = "a session key of thirty-two characters or more";
const DEADLINE_MS = 15_000;

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
const nursery = (index: 0 | 1): string => `${storePath(folder(index), "BOT")}.prefetched`;
const besides = (index: 0 | 1): string[] => {
  const place = dirname(nursery(index));
  return existsSync(place) ? readdirSync(place).toSorted() : [];
};

const start = (index: 0 | 1, more: Partial<WorkerSettings> = {}): TestWorker => {
  const worker = startTestWorker({ dataDir: folder(index), databaseUrl, host: `dyno-${index}`, key: KEY, ...more });
  workers.push(worker);
  return worker;
};

const openStoreOf = (index: 0 | 1): Store => {
  const store = openBotStore(folder(index));
  stores.push(store);
  return store;
};

const put = (key: string, value: string): RecordChange => ({ key, value: Buffer.from(value) });
const gone = (key: string): RecordChange => ({ key, value: undefined });

/** A holder with a session of some records, all of them replicated. */
const startHolder = async (): Promise<{ readonly holder: TestWorker; readonly store: Store }> => {
  const holder = start(0);
  await holder.ready();
  const store = openStoreOf(0);
  await store.write([
    put("session/creds", "me"),
    ...Array.from({ length: 700 }, (_, at) => put(`session/x/${at}`, "1")),
  ]);
  await holder.flush();
  return { holder, store };
};

/** Resolves when the standby's copy is as far as the holder's store. */
const untilFollowed = (standby: TestWorker, { position }: Store): Promise<unknown> =>
  standby.until((status) => status.phase === "standby" && status.position === position, `it has copied ${position}`);

const untilLogged = async (worker: TestWorker, text: string): Promise<void> => {
  const endMs = systemClock.now() + DEADLINE_MS;
  while (!worker.logged.includes(text)) {
    if (systemClock.now() > endMs) throw new Error(`It never logged "${text}":\n${worker.logged}`);
    await delay(systemClock, 10);
  }
};

/** The machine vanishes, with all it wrote replicated: nothing renews its lease, which runs out soon. */
const vanish = async (holder: TestWorker): Promise<void> => {
  await holder.flush();
  await database.run(
    `update blacksky.replica set epoch = epoch + 1, lease_holder = 'vanished',
       lease_expires_at = clock_timestamp() + interval '1 second'`,
  );
  await holder.leaseLost();
  await holder.shutDown();
};

const damage = (key: string): Promise<number> =>
  database.run(`update blacksky.replica_record set value = ${flipped("value")} where key = $1`, [key]);

describe("a standby", () => {
  test("copies the session, follows every change, and takes over with exactly the holder's records", async () => {
    const { holder, store } = await startHolder();
    const standby = start(1);
    await untilFollowed(standby, store);
    expect(standby.status).toMatchObject({ lagMs: 0, lease: { held: false }, restoredFrom: null });
    expect(statSync(nursery(1)).mode & 0o777).toBe(0o700);
    await store.write([put("session/x/1", "2"), put("session/new", "1"), gone("session/x/2"), gone("session/x/699")]);
    await untilFollowed(standby, store);
    await store.write([put("session/x/3", "3"), gone("session/x/1")]);
    await untilFollowed(standby, store);
    await store.write([put("session/x/3", "the last word"), put("session/x/2", "is back"), gone("session/x/0")]);
    const expected = dump(store);
    expect(await holder.shutDown()).toEqual({ unfinished: 0 });
    await standby.ready();
    const taken = openStoreOf(1);
    expect(dump(taken)).toEqual(expected);
    expect(taken.position).toBe(store.position);
    expect(taken.changesSince(0, 10)).toEqual([]);
    expect([taken.meta.get("origin"), taken.meta.get("restored.tail")]).toEqual(["restored", "complete"]);
    expect(standby.status).toMatchObject({ restoredFrom: "replica", lease: { held: true, epoch: 2 } });
    expect(besides(1)).toEqual(["BOT"]);
    const position = await taken.write([put("session/x/3", "goes on")]);
    expect(await standby.flush()).toBe(position);
  });

  test("takes over with what it has when the holder vanishes, and knows that the tail is uncertain", async () => {
    const { holder, store } = await startHolder();
    const standby = start(1);
    await untilFollowed(standby, store);
    await store.write([put("session/x/1", "2"), gone("session/x/2")]);
    await untilFollowed(standby, store);
    // What was copied before is not read again: this would not open.
    await damage("session/x/5");
    await store.write([put("session/x/1", "3"), put("session/x/2", "is back"), gone("session/x/3")]);
    const expected = dump(store);
    await vanish(holder);
    await standby.ready();
    expect(dump(openStoreOf(1))).toEqual(expected);
    expect(openStoreOf(1).meta.get("restored.tail")).toBe("unknown");
    expect(besides(1)).toEqual(["BOT"]);
  });

  test("replaces a stale local store by its copy, and puts that aside", async () => {
    const former = start(1);
    await former.ready();
    await openStoreOf(1).write([put("session/creds", "old")]);
    await stores.pop()?.close();
    await former.shutDown();
    const holder = start(0);
    await holder.ready();
    const store = openStoreOf(0);
    await store.write([put("session/creds", "new")]);
    await holder.flush();
    const standby = start(1);
    await untilFollowed(standby, store);
    await holder.shutDown();
    await standby.ready();
    expect(dump(openStoreOf(1))).toEqual({ "session/creds": "new" });
    expect(besides(1)).toEqual(["BOT", expect.stringMatching(/^BOT\.archived-.*-overtaken$/)]);
  });

  test("keeps a local store that nobody has continued, and copies nothing for it", async () => {
    const { holder, store } = await startHolder();
    const { position } = store;
    await holder.shutDown();
    await store.close();
    await database.run(
      "update blacksky.replica set lease_holder = 'other', lease_expires_at = clock_timestamp() + interval '2 seconds'",
    );
    const standby = start(0);
    await standby.until(({ phase, databaseConnected }) => phase === "standby" && databaseConnected, "it stands by");
    await standby.ready();
    expect(standby.status).toMatchObject({ restoredFrom: "local", position });
    expect(standby.logged).not.toContain("prefetched");
    expect(besides(0)).toEqual(["BOT"]);
  });

  test("looks for the lease without writing to its row", async () => {
    await startHolder();
    const standby = start(1, { pace: { standbyPollMs: 5 } });
    const version = async (): Promise<unknown> =>
      (await database.row<{ at: unknown }>("select rival_seen_at::text as at from blacksky.replica"))?.at;
    await standby.until(({ position }) => position > 0, "it has copied the session");
    const before = await version();
    await delay(systemClock, 100);
    expect([before === null, await version()]).toEqual([false, before]);
  });
});

describe("a standby whose copy cannot be used", () => {
  test("restores as ever when a record was damaged while it was copied, and mended since", async () => {
    const { holder, store } = await startHolder();
    await damage("session/x/5");
    const standby = start(1);
    await untilLogged(standby, "could not be prefetched");
    expect(besides(1)).toEqual([]);
    await store.write([put("session/x/5", "mended")]);
    const expected = dump(store);
    await holder.shutDown();
    await standby.ready();
    expect(dump(openStoreOf(1))).toEqual(expected);
    expect(besides(1)).toEqual(["BOT"]);
  });

  test("fails closed as ever when a record is damaged", async () => {
    const { holder } = await startHolder();
    await damage("session/x/5");
    const standby = start(1);
    await untilLogged(standby, "could not be prefetched");
    await vanish(holder);
    expect(await standby.exited()).toBe(75);
    expect(standby.logged).toContain("The replica is damaged");
    expect(besides(1)).toEqual([]);
  });

  test("says which key is missing when the replica came under another one meanwhile", async () => {
    const { holder, store } = await startHolder();
    const standby = start(1);
    await untilFollowed(standby, store);
    await database.run("update blacksky.replica set key_fingerprint = 'another', position = position + 1");
    await untilLogged(standby, "SESSION_ENCRYPTION_KEY is another");
    await vanish(holder);
    expect(await standby.exited()).toBe(64);
    expect(besides(1)).toEqual([]);
  });

  test("copies anew when another replica took the place of the one it knew", async () => {
    const { holder, store } = await startHolder();
    const standby = start(1);
    await untilFollowed(standby, store);
    await database.run("update blacksky.replica set replica_id = gen_random_uuid()");
    await database.run("delete from blacksky.replica_record where key = 'session/x/7'");
    await database.run("update blacksky.replica set record_count = record_count - 1");
    const copies = (): number => standby.logged.split("is prefetched").length - 1;
    const endMs = systemClock.now() + DEADLINE_MS;
    while (copies() < 2 && systemClock.now() < endMs) await delay(systemClock, 10);
    expect(copies()).toBe(2);
    const { "session/x/7": _, ...expected } = dump(store);
    await holder.shutDown();
    await standby.ready();
    expect(dump(openStoreOf(1))).toEqual(expected);
  });

  test("notices records that were removed by hand, and fails closed as ever", async () => {
    const { holder, store } = await startHolder();
    const standby = start(1);
    await untilFollowed(standby, store);
    await database.run("delete from blacksky.replica_record where key in ('session/x/7', 'session/x/8')");
    await store.write([gone("session/x/9")]);
    await untilLogged(standby, "were found");
    await holder.shutDown();
    expect(await standby.exited()).toBe(75);
    expect(besides(1)).toEqual([]);
  });
});

describe("a standby that ends", () => {
  test("on the parent's word leaves nothing, and the next start is a clean one", async () => {
    const { holder, store } = await startHolder();
    const standby = start(1);
    await untilFollowed(standby, store);
    expect(await standby.shutDown()).toEqual({ unfinished: 0 });
    expect(await standby.exited()).toBe(0);
    expect(besides(1)).toEqual([]);
    const next = start(1);
    await untilFollowed(next, store);
    await holder.shutDown();
    await next.ready();
    expect(dump(openStoreOf(1))).toEqual(dump(store));
  });

  test("by kill -9 leaves a copy that the next start removes, also where it is not needed", async () => {
    mkdirSync(nursery(1), { recursive: true });
    writeFileSync(join(nursery(1), "data.mdb"), "half a copy");
    const alone = start(1);
    await alone.ready();
    expect(besides(1)).toEqual(["BOT"]);
  });

  test("in the middle of its first copy leaves nothing", async () => {
    const { store } = await startHolder();
    await store.write(Array.from({ length: 20_000 }, (_, at) => put(`session/y/${at}`, "x".repeat(500))));
    await workers[0]?.flush(15_000);
    const standby = start(1);
    const endMs = systemClock.now() + DEADLINE_MS;
    while (!existsSync(nursery(1)) && systemClock.now() < endMs) await delay(systemClock, 2);
    await standby.shutDown();
    expect(standby.logged).not.toContain("is prefetched");
    expect(besides(1)).toEqual([]);
  });
});
