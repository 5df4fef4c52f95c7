import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { acquireLease, createAsideClient, createReplicaClient, migrate, openDatabase } from "../src/index.ts";
import type { Database, ReplicaRecord } from "../src/index.ts";
import { startTestServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/index.ts";

let server: TestServer;
let database: Database;
beforeAll(async () => {
  server = await startTestServer();
  const { connectionString } = server;
  database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
  await migrate(database);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const record = (key: string, text: string): ReplicaRecord => ({ key, value: Buffer.from(text) });

test("records set aside are found by their names, read in batches, and rewritten under the lease only", async () => {
  const outcome = await acquireLease(database, "BOT", "me", 60_000);
  if (!outcome.acquired) throw new Error("the lease is not free");
  const { lease } = outcome;
  const client = createReplicaClient(database);
  const aside = createAsideClient(database);
  expect(await aside.list("BOT")).toEqual([]);
  const sealing = { schemaVersion: 1, keyFingerprint: null, complete: false };
  const upserts = ["a", "b", "c", "d", "e"].map((key) => record(key, `old ${key}`));
  await client.applyChangeSet({ lease, ...sealing, position: 5, upserts, deletes: [] });
  await client.setRecordsAside(lease, "damaged at 5");
  await client.setRecordsAside(lease, "replaced at 5");
  expect((await aside.list("BOT")).toSorted()).toEqual(["damaged at 5", "replaced at 5"]);
  expect(await aside.list("BO")).toEqual([]);

  const textOf = async (name: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const batch of aside.read("BOT", name, 2)) {
      expect(batch.length).toBeLessThanOrEqual(2);
      found.push(...batch.map(({ value }) => Buffer.from(value).toString()));
    }
    return found;
  };
  const rewritten = [record("b", "new"), record("d", "")];
  const overtaken = { ...lease, epoch: lease.epoch - 1 };
  await expect(aside.rewrite(overtaken, "damaged at 5", rewritten)).rejects.toMatchObject({ code: "replica.fenced" });
  await aside.rewrite(lease, "damaged at 5", rewritten);
  expect(await textOf("damaged at 5")).toEqual(["old a", "new", "old c", "", "old e"]);
  expect(await textOf("replaced at 5")).toEqual(["old a", "old b", "old c", "old d", "old e"]);
});
