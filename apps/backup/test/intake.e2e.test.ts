import { BlackskyError } from "@blacksky/errors";
import { openDatabase } from "@blacksky/postgres";
import type { Database } from "@blacksky/postgres";
import { startTestServer } from "@blacksky/postgres/testing";
import type { TestServer } from "@blacksky/postgres/testing";
import { outbox } from "@blacksky/protocol";
import type { Notification, NotificationStatus } from "@blacksky/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { dump, flipped, makeDataDir, openBotStore, startTestWorker } from "./backup-world.ts";
import type { TestWorker, WorkerSettings } from "./backup-world.ts";

const KEY = "test-encryption-key-0123456789-0123456789";
const OTHER_KEY = "another-encryption-key-0123456789-0123456789";
const DEADLINE = { deadlineMs: 10_000 };
const HANDED_OVER = "were handed to the bot";

let server: TestServer;
let databaseUrl: string;
let database: Database;
let dataDirs: ReturnType<typeof makeDataDir>[] = [];
const workers: TestWorker[] = [];

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
  for (const worker of workers.splice(0)) worker.orphan();
  await database.close();
  for (const dataDir of dataDirs) dataDir.wipe();
});

const idOf = (digit: number): string => `ntf_${String(digit).repeat(24)}`;
const note = (text: string): Notification => ({ to: "owner", text, priority: 5 });

const start = (index: 0 | 1, more: Partial<WorkerSettings> = {}): TestWorker => {
  const dataDir = dataDirs[index]?.path ?? "";
  const settings = { dataDir, databaseUrl, host: `dyno-${index}`, key: KEY, pace: { leaseTtlMs: 20_000 } };
  const worker = startTestWorker({ ...settings, ...more });
  workers.push(worker);
  return worker;
};

/** A bot behind a worker: it commits to the store of the worker's folder, and knows what it has. */
const startBot = (index: 0 | 1, worker: TestWorker) => {
  const store = openBotStore(dataDirs[index]?.path ?? "");
  const asked: string[] = [];
  const life: { refusal?: (text: string) => string | undefined } = {};
  worker.channel.handle(outbox.enqueue, async ({ id, notification }) => {
    asked.push(notification.text);
    const code = life.refusal?.(notification.text);
    if (code !== undefined) throw new BlackskyError(code, "It said no.");
    const key = `outbox/${id}`;
    const isNew = store.get(key) === undefined;
    if (isNew) await store.write([{ key, value: Buffer.from(notification.text) }]);
    const times = { createdAt: 1, changedAt: 1, nextAttemptAt: null };
    const status: NotificationStatus = { id, state: "available", attempts: 0, lastError: null, ...times };
    return { isNew, status };
  });
  return { asked, life, store, has: () => dump(store) };
};

const standBy = async (more: Partial<WorkerSettings> = {}): Promise<TestWorker> => {
  const worker = start(1, more);
  await worker.until(({ phase, databaseConnected }) => phase === "standby" && databaseConnected, "it stands by");
  return worker;
};

const leave = (worker: TestWorker, id: string, notification: Notification) =>
  worker.channel.request(outbox.leave, { id, notification }, DEADLINE);
const handOver = (worker: TestWorker) => worker.channel.request(outbox.handOver, {}, DEADLINE);
const read = async (worker: TestWorker, id: string): Promise<NotificationStatus | null> =>
  (await worker.channel.request(outbox.readLeft, { id }, DEADLINE)).status;
const rows = () =>
  database.rows<{ id: string; value: Buffer; reason: string | null }>(
    "select id, value, set_aside_reason as reason from blacksky.notification_intake order by sequence",
  );

/** No record is replicated while `work` runs; everything else goes on. */
const withRecordsLocked = (work: (run: Database["run"]) => Promise<void>): Promise<void> =>
  database.transaction(async (transaction) => {
    await transaction.run("lock table blacksky.replica_record in exclusive mode");
    await work((sql) => transaction.run(sql));
  });

/** Resolves when a statement of somebody's waits for that lock. */
const untilReplicationWaits = async (): Promise<void> => {
  const waiting =
    "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  while ((await database.row<{ n: number }>(waiting))?.n === 0);
};

describe("notifications left by a standby", () => {
  test("reach the holder's bot once, in their order, and are not in the database any more", async () => {
    const holder = start(0);
    await holder.ready();
    const standby = await standBy();
    for (const digit of [3, 1, 2]) {
      const left = await leave(standby, idOf(digit), note(`text ${digit}`));
      expect(left).toMatchObject({ isNew: true, status: { id: idOf(digit), state: "available", attempts: 0 } });
    }
    expect(await leave(standby, idOf(1), note("another text"))).toMatchObject({ isNew: false });
    const lying = await rows();
    expect(lying.map(({ id }) => id)).toEqual([idOf(3), idOf(1), idOf(2)]);
    for (const { value } of lying) expect(value.toString("latin1")).not.toContain("text");

    const bot = startBot(0, holder);
    await holder.untilLogged(HANDED_OVER);
    expect(bot.asked.filter((text, index) => bot.asked.indexOf(text) === index)).toEqual([
      "text 3",
      "text 1",
      "text 2",
    ]);
    await handOver(holder);
    expect(await rows()).toEqual([]);
    expect(await read(standby, idOf(1))).toBeNull();
    await bot.store.close();
  });

  test("lie there until the bot has them and that is replicated, and longer where the machine vanishes before", async () => {
    const holder = start(0);
    await holder.ready();
    const standby = await standBy();
    const bot = startBot(0, holder);
    await withRecordsLocked(async (run) => {
      await leave(standby, idOf(1), note("kept"));
      // The bot has it, and the replica cannot.
      await untilReplicationWaits();
      expect(bot.has()).toEqual({ [`outbox/${idOf(1)}`]: "kept" });
      for (let look = 0; look < 5; look += 1) expect(await rows()).toHaveLength(1);
      // Somebody else takes the lease before the replica could move.
      await run("update blacksky.replica set epoch = epoch + 1, lease_holder = 'next', lease_expires_at = now()");
    });
    await holder.leaseLost();
    await bot.store.close();
    await holder.shutDown();
    expect(await rows()).toHaveLength(1);

    await standby.ready();
    const next = startBot(1, standby);
    await standby.untilLogged(HANDED_OVER);
    expect(next.has()).toEqual({ [`outbox/${idOf(1)}`]: "kept" });
    expect(await rows()).toEqual([]);
    await next.store.close();
  });

  test("that no bot can take block no other one, and say what became of them", async () => {
    const holder = start(0);
    await holder.ready();
    const standby = await standBy();
    for (const digit of [1, 2, 3, 4, 5]) await leave(standby, idOf(digit), note(`text ${digit}`));
    // Damaged, and copied from another row.
    await database.run(`update blacksky.notification_intake set value = ${flipped("value")} where id = $1`, [idOf(1)]);
    await database.run(
      "update blacksky.notification_intake set value = (select value from blacksky.notification_intake where id = $1) where id = $2",
      [idOf(3), idOf(2)],
    );
    // What was read before that is done with.
    await handOver(holder).catch(() => undefined);
    const bot = startBot(0, holder);
    bot.life.refusal = (text) => ({ "text 3": "outbox.recipient", "text 4": "store.odd" })[text];
    await handOver(holder).catch(() => undefined);
    expect(bot.has()).toEqual({ [`outbox/${idOf(5)}`]: "text 5" });
    expect(await read(holder, idOf(1))).toMatchObject({
      state: "discarded",
      lastError: expect.stringContaining("SESSION_ENCRYPTION_KEY"),
    });
    expect(await read(standby, idOf(3))).toMatchObject({
      state: "discarded",
      lastError: expect.stringContaining("recipient"),
    });
    // Nobody knows what was wrong with this one: it stays, and goes when that is over.
    expect(await read(standby, idOf(4))).toMatchObject({ state: "available" });
    await expect(handOver(holder)).rejects.toMatchObject({ code: "outbox.notHandedOver" });
    delete bot.life.refusal;
    await handOver(holder);
    expect(Object.values(bot.has()).toSorted()).toEqual(["text 4", "text 5"]);
    const aside = await rows();
    expect(aside.map(({ id, reason }) => [id, reason])).toEqual([
      [idOf(1), "unreadable"],
      [idOf(2), "unreadable"],
      [idOf(3), "outbox.recipient"],
    ]);
    expect(await leave(standby, idOf(3), note("text 3"))).toMatchObject({
      isNew: false,
      status: { state: "discarded" },
    });
    expect(holder.logged).not.toContain("text ");
    await bot.store.close();
  });

  test("are read with the key before this one, and where there was none", async () => {
    const holder = start(0, { key: KEY, previousKey: OTHER_KEY });
    await holder.ready();
    const bot = startBot(0, holder);
    await leave(await standBy({ key: OTHER_KEY }), idOf(1), note("old key"));
    await handOver(holder);
    dataDirs.push(makeDataDir());
    const keyless = startTestWorker({ dataDir: dataDirs[2]?.path ?? "", databaseUrl, host: "dyno-2" });
    workers.push(keyless);
    await keyless.until(({ databaseConnected }) => databaseConnected, "it stands by");
    await leave(keyless, idOf(2), note("no key"));
    await handOver(holder);
    expect(Object.values(bot.has()).toSorted()).toEqual(["no key", "old key"]);
    await bot.store.close();
  });

  test("can be left where an older version has made the tables", async () => {
    const holder = start(0);
    await holder.ready();
    const standby = await standBy();
    await database.run("drop table blacksky.notification_intake");
    await database.run("delete from blacksky.migration where version >= 4");
    expect(await leave(standby, idOf(1), note("x"))).toMatchObject({ isNew: true });
    const bot = startBot(0, holder);
    await holder.untilLogged(HANDED_OVER);
    expect(bot.has()).toEqual({ [`outbox/${idOf(1)}`]: "x" });
    await bot.store.close();
  });
});

describe("notifications left while the bot is away", () => {
  test("are handed over when it is back, and on request before anything else goes on", async () => {
    const worker = start(0);
    await worker.ready();
    await leave(worker, idOf(1), { ...note("first"), notBefore: Date.now() + 3_600_000 });
    expect(await read(worker, idOf(1))).toMatchObject({ state: "scheduled" });
    await expect(handOver(worker)).rejects.toMatchObject({ code: "outbox.notHandedOver" });
    const bot = startBot(0, worker);
    await handOver(worker);
    expect(Object.values(bot.has())).toEqual(["first"]);
    await leave(worker, idOf(2), note("second"));
    await handOver(worker);
    expect(Object.values(bot.has()).toSorted()).toEqual(["first", "second"]);
    await bot.store.close();
  });

  test("are more than one batch", async () => {
    const worker = start(0);
    await worker.ready();
    const ids = Array.from({ length: 120 }, (_, index) => `ntf_${String(index).padStart(24, "0")}`);
    for (const id of ids) await leave(worker, id, note(id));
    const bot = startBot(0, worker);
    await handOver(worker);
    expect(Object.values(bot.has())).toEqual(ids);
    await bot.store.close();
  });
});

test("without a database nothing can be left, and nothing is waited for", async () => {
  const worker = startTestWorker({ dataDir: dataDirs[0]?.path ?? "", key: KEY });
  workers.push(worker);
  await worker.ready();
  await expect(leave(worker, idOf(1), note("x"))).rejects.toMatchObject({ code: "outbox.noDatabase" });
  expect(await read(worker, idOf(1))).toBeNull();
  expect(await handOver(worker)).toEqual({});
});
