import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import {
  acquireLease,
  createReplicaClient,
  lookAtLease,
  migrate,
  openDatabase,
  releaseLease,
  renewLease,
} from "../src/index.ts";
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

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await server.stop();
});

describe("the lease of another", () => {
  test("may be looked at without a trace", async () => {
    const { database } = await migrated();
    expect(await lookAtLease(database, "BOT", "b")).toBeUndefined();
    const lease = await take(database, "a", 60_000);
    const version = "select xmin::text, xmax::text from blacksky.replica";
    const before = await database.row(version);
    const look = await lookAtLease(database, "BOT", "b");
    expect(look).toMatchObject({ free: false, replica: { position: 0, recordCount: 0, releasedInOrder: false } });
    expect(look?.remainingMs).toBeGreaterThan(50_000);
    expect((await lookAtLease(database, "BOT", "a"))?.free).toBe(true);
    expect(await database.row(version)).toEqual(before);
    expect(await renewLease(database, lease, 60_000)).toEqual({ contested: false });
    await releaseLease(database, lease);
    expect(await lookAtLease(database, "BOT", "b")).toMatchObject({
      free: true,
      remainingMs: 0,
      replica: { releasedInOrder: true },
    });
    await take(database, "a", 0);
    expect((await lookAtLease(database, "BOT", "b"))?.free).toBe(true);
  });
});

describe("following a replica", () => {
  const follow = (client: ReplicaClient, position: number) =>
    client.follow("BOT", position, 2, async ({ changed, keys, position: now, recordCount, id }) => {
      const found: Record<string, string> = {};
      for await (const batch of changed) for (const { key, value } of batch) found[key] = Buffer.from(value).toString();
      const all: string[] = [];
      for await (const batch of keys) all.push(...batch);
      return { found, all, now, recordCount, id };
    });

  test("tells what was written since a position, and every key in the order of bytes", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    const upserts = ["b", "a", "Z", "\u{1f600}", "\uff5e"].map((key) => record(key, "1"));
    await client.applyChangeSet({ lease, ...AS_IS, position: 5, upserts, deletes: [] });
    await client.applyChangeSet({ lease, ...AS_IS, position: 7, upserts: [record("a", "2")], deletes: ["b"] });
    await client.applyChangeSet({ lease, ...AS_IS, position: 9, upserts: [record("c", "3")], deletes: [] });
    const known = await client.read("BOT", 2, async ({ id }) => id);
    expect(await follow(client, 7)).toEqual({
      found: { a: "2", c: "3" },
      all: ["Z", "a", "c", "\uff5e", "\u{1f600}"],
      now: 9,
      recordCount: 5,
      id: known,
    });
    expect((await follow(client, 10)).found).toEqual({});
    expect(Object.keys((await follow(client, 0)).found)).toHaveLength(5);
  });

  test("sees one moment, whatever is written meanwhile", async () => {
    const { database, client } = await migrated();
    const lease = await take(database, "a");
    await client.applyChangeSet({ lease, ...AS_IS, position: 1, upserts: [record("a", "1")], deletes: [] });
    const seen = await client.follow("BOT", 0, 2, async ({ changed, keys, position }) => {
      await client.applyChangeSet({ lease, ...AS_IS, position: 2, upserts: [record("b", "2")], deletes: ["a"] });
      const found: string[] = [];
      for await (const batch of changed) found.push(...batch.map(({ key }) => key));
      for await (const batch of keys) found.push(...batch);
      return { found, position };
    });
    expect(seen).toEqual({ found: ["a", "a"], position: 1 });
  });

  test("says when there is no replica", async () => {
    const { client } = await migrated();
    await expect(follow(client, 0)).rejects.toMatchObject({ code: "replica.missing" });
  });
});
