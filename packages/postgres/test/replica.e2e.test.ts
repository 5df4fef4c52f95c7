import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { acquireLease, createReplicaClient, migrate, openDatabase } from "../src/index.ts";
import type { Database, Lease, ReplicaClient, ReplicaRecord } from "../src/index.ts";
import { startTestServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/index.ts";

let server: TestServer;
const open: Database[] = [];

const connect = (connectionString: string): Database => {
  const database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
  open.push(database);
  return database;
};

const migrated = async (): Promise<{ database: Database; client: ReplicaClient }> => {
  const database = connect(await server.createDatabase());
  await migrate(database);
  return { database, client: createReplicaClient(database) };
};

const take = async (database: Database, holder: string, ttlMs = 60_000): Promise<Lease> => {
  const outcome = await acquireLease(database, "BOT", holder, ttlMs);
  if (!outcome.acquired) throw new Error(`the lease is held by ${outcome.holder}`);
  return outcome.lease;
};

const AS_IS = { schemaVersion: 1, keyFingerprint: null, complete: false };

const record = (key: string, text: string): ReplicaRecord => ({ key, value: Buffer.from(text) });

const readAll = (client: ReplicaClient): Promise<Record<string, string>> =>
  client.read("BOT", 2, async ({ batches }) => {
    const found: Record<string, string> = {};
    for await (const batch of batches) {
      for (const { key, value } of batch) found[key] = Buffer.from(value).toString();
    }
    return found;
  });

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await server.stop();
});

describe("migrate", () => {
  test("applies each step once, however many processes start together", async () => {
    const connectionString = await server.createDatabase();
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(connect(connectionString))));
    expect(applied.flat().toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  });

  test("refuses a database that a newer build has used, and touches nothing", async () => {
    const { database } = await migrated();
    await database.run("insert into blacksky.migration (version) values (99)");
    await expect(migrate(database)).rejects.toMatchObject({ code: "database.newer" });
    const rows = await database.rows("select version from blacksky.migration order by version");
    expect(rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }, { version: 4 }, { version: 99 }]);
  });

  test("rolls a failed step back as a whole", async () => {
    const database = connect(await server.createDatabase());
    const broken = {
      version: 1,
      up: async (to: { run(sql: string): Promise<number> }) => void (await to.run("select 1/0")),
    };
    await expect(migrate(database, [broken])).rejects.toMatchObject({ code: "database.failed" });
    expect(await migrate(database)).toEqual([1, 2, 3, 4]);
  });
});

describe("change sets", () => {
  test("write, rewrite and delete records together with the position", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    const set = { lease, ...AS_IS };
    await client.applyChangeSet({
      ...set,
      position: 3,
      upserts: [record("x", "1"), record("y", ""), record("z", "3")],
      deletes: [],
    });
    await client.applyChangeSet({ ...set, position: 5, upserts: [record("x", "2")], deletes: ["z", "never there"] });
    expect(await readAll(client)).toEqual({ x: "2", y: "" });
    expect(await client.readPosition("BOT")).toBe(5);
    const counted = await client.read("BOT", 10, async ({ position, recordCount }) => ({ position, recordCount }));
    expect(counted).toEqual({ position: 5, recordCount: 2 });
  });

  test("may be repeated, but never go back", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    const set = { lease, ...AS_IS, position: 5, upserts: [record("x", "5")], deletes: [] };
    await client.applyChangeSet(set);
    await client.applyChangeSet(set);
    const older = { ...set, position: 4, upserts: [record("x", "4")] };
    await expect(client.applyChangeSet(older)).rejects.toMatchObject({ code: "replica.backward" });
    expect(await readAll(client)).toEqual({ x: "5" });
  });

  test("that are complete replace whatever was there", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    const upserts = [record("x", "1"), record("y", "1")];
    await client.applyChangeSet({ lease, ...AS_IS, position: 1, upserts, deletes: [] });
    const whole = { lease, ...AS_IS, complete: true, position: 7, upserts: [record("z", "7")], deletes: [] };
    await client.applyChangeSet({ ...whole, keyFingerprint: "f00" });
    expect(await readAll(client)).toEqual({ z: "7" });
    const read = await client.read("BOT", 10, async ({ recordCount, keyFingerprint }) => ({
      recordCount,
      keyFingerprint,
    }));
    expect(read).toEqual({ recordCount: 1, keyFingerprint: "f00" });
  });

  test("that are complete leave everything as it was when they are refused", async () => {
    const { database, client } = await migrated();
    const lost = await take(database, "a", 0);
    await client.applyChangeSet({ lease: lost, ...AS_IS, position: 1, upserts: [record("x", "1")], deletes: [] });
    await take(database, "b");
    const whole = { lease: lost, ...AS_IS, complete: true, position: 7, upserts: [], deletes: [] };
    await expect(client.applyChangeSet(whole)).rejects.toMatchObject({ code: "replica.fenced" });
    expect(await readAll(client)).toEqual({ x: "1" });
  });

  test("are refused from a process whose lease was taken, leaving no trace", async () => {
    const { database, client } = await migrated();
    const lost = await take(database, "a", 0);
    const lease = await take(database, "b");
    await client.applyChangeSet({ lease, ...AS_IS, position: 1, upserts: [record("x", "b")], deletes: [] });
    const late = {
      lease: lost,
      ...AS_IS,
      position: 9,
      upserts: [record("x", "a"), record("y", "a")],
      deletes: ["x"],
    };
    await expect(client.applyChangeSet(late)).rejects.toMatchObject({ code: "replica.fenced" });
    expect(await readAll(client)).toEqual({ x: "b" });
    expect(await client.readPosition("BOT")).toBe(1);
  });

  test("larger than one statement are still one transaction", async () => {
    const { database, client } = await migrated();
    const lost = await take(database, "a", 0);
    const upserts = Array.from({ length: 30 }, (_, index) => ({
      key: `k${index}`,
      value: Buffer.alloc(512 * 1024, index),
    }));
    await client.applyChangeSet({ lease: lost, ...AS_IS, position: 30, upserts, deletes: [] });
    const sizes = await client.read("BOT", 7, async ({ batches }) => {
      const found: number[] = [];
      for await (const batch of batches) found.push(...batch.map(({ value }) => value.length));
      return found;
    });
    expect(sizes).toEqual(upserts.map(({ value }) => value.length));
    await take(database, "b");
    const late = client.applyChangeSet({ lease: lost, ...AS_IS, position: 31, upserts, deletes: ["k1"] });
    await expect(late).rejects.toMatchObject({ code: "replica.fenced" });
    expect(await client.readPosition("BOT")).toBe(30);
  });

  test("keep every byte of every value", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    const value = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256));
    await client.applyChangeSet({
      lease,
      ...AS_IS,
      position: 1,
      upserts: [{ key: 'odd "key"\\,{}é', value }],
      deletes: [],
    });
    const [found] = await client.read("BOT", 10, async ({ batches }) => {
      for await (const batch of batches) return batch;
      return [];
    });
    expect(found?.key).toBe('odd "key"\\,{}é');
    expect(Buffer.compare(Buffer.from(found?.value ?? []), value)).toBe(0);
  });
});

describe("reading a replica", () => {
  test("fails when a row has vanished", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    await client.applyChangeSet({
      lease,
      ...AS_IS,
      position: 2,
      upserts: [record("x", "1"), record("y", "2")],
      deletes: [],
    });
    await database.run("delete from blacksky.replica_record where key = 'x'");
    await expect(readAll(client)).rejects.toMatchObject({ code: "replica.incomplete" });
  });

  test("may end in the middle, and leaves a connection that is fit for the next", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    const upserts = Array.from({ length: 10 }, (_, at) => record(`key ${at}`, "1"));
    await client.applyChangeSet({ lease, ...AS_IS, position: 1, upserts, deletes: [] });
    const reading = client.read("BOT", 2, async ({ batches }) => {
      for await (const batch of batches) throw new Error(`enough after ${batch.length}`);
    });
    await expect(reading).rejects.toMatchObject({ cause: { message: "enough after 2" } });
    expect(Object.keys(await readAll(client))).toHaveLength(10);
  });

  test("sees one moment, whatever is written meanwhile", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    const set = { lease, ...AS_IS };
    await client.applyChangeSet({
      ...set,
      position: 1,
      upserts: [record("x", "1"), record("y", "1"), record("z", "1")],
      deletes: [],
    });
    const seen = await client.read("BOT", 1, async ({ position, batches }) => {
      const values: string[] = [];
      for await (const batch of batches) {
        if (values.length === 0)
          await client.applyChangeSet({ ...set, position: 2, upserts: [record("y", "2")], deletes: ["z"] });
        values.push(...batch.map(({ value }) => Buffer.from(value).toString()));
      }
      return { position, values };
    });
    expect(seen).toEqual({ position: 1, values: ["1", "1", "1"] });
  });

  test("says so when there is none", async () => {
    const { client } = await migrated();
    expect(await client.readPosition("BOT")).toBeUndefined();
    await expect(readAll(client)).rejects.toMatchObject({ code: "replica.missing" });
  });
});
