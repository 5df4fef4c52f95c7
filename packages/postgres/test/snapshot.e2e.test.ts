import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { acquireLease, createSnapshotClient, migrate, openDatabase } from "../src/index.ts";
import type { Database, Lease, SnapshotClient, SnapshotDescription } from "../src/index.ts";
import { startTestServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/index.ts";

let server: TestServer;
const open: Database[] = [];

const prepare = async (): Promise<{ database: Database; client: SnapshotClient; lease: Lease }> => {
  const connectionString = await server.createDatabase();
  const database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
  open.push(database);
  await migrate(database);
  const outcome = await acquireLease(database, "BOT", "me", 60_000);
  if (!outcome.acquired) throw new Error("the lease is not free");
  return { database, client: createSnapshotClient(database), lease: outcome.lease };
};

const describeSnapshot = (id: string, more: Partial<SnapshotDescription> = {}): SnapshotDescription => ({
  id,
  sessionId: "BOT",
  position: 7,
  epoch: 1,
  schemaVersion: 1,
  keyFingerprint: null,
  reason: "scheduled",
  createdAt: 1_700_000_000_123,
  recordCount: 2,
  bytes: 6,
  checksum: "ab",
  ...more,
});

const RETENTION = { keep: 2, scheduledReason: "scheduled" };
const CHUNKS = [Buffer.from("abc"), Buffer.from("def")];

const idsOf = async (client: SnapshotClient): Promise<string[]> => (await client.list("BOT")).map(({ id }) => id);

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await server.stop();
});

describe("snapshots in PostgreSQL", () => {
  test("come back as they were written", async () => {
    const { client, lease } = await prepare();
    const snapshot = describeSnapshot("one", { keyFingerprint: "key", reason: "before logout" });
    await client.write(lease, snapshot, CHUNKS, RETENTION);
    expect(await client.list("BOT")).toEqual([snapshot]);
    const read: string[] = [];
    for await (const chunk of client.readChunks("one")) read.push(Buffer.from(chunk).toString());
    expect(read).toEqual(["abc", "def"]);
  });

  test("are listed by epoch and position, the newest first", async () => {
    const { client, lease } = await prepare();
    const retention = { ...RETENTION, keep: 9 };
    await client.write(lease, describeSnapshot("old", { epoch: 1, position: 90 }), CHUNKS, retention);
    await client.write(lease, describeSnapshot("newest", { epoch: 2, position: 60 }), CHUNKS, retention);
    await client.write(lease, describeSnapshot("new", { epoch: 2, position: 50 }), CHUNKS, retention);
    expect(await idsOf(client)).toEqual(["newest", "new", "old"]);
  });

  test("beyond retention go, and their content with them; the scheduled ones never push out the others", async () => {
    const { database, client, lease } = await prepare();
    await client.write(lease, describeSnapshot("kept", { reason: "before logout", position: 1 }), CHUNKS, RETENTION);
    for (const position of [2, 3, 4, 5]) {
      const snapshot = describeSnapshot(`at ${position}`, { position, createdAt: 1_700_000_000_000 + position });
      await client.write(lease, snapshot, CHUNKS, RETENTION);
    }
    expect(await idsOf(client)).toEqual(["at 5", "at 4", "kept"]);
    const chunks = await database.rows("select distinct snapshot_id from blacksky.snapshot_chunk");
    expect(chunks).toHaveLength(3);
  });

  test("get another content as a whole, under the lease only, and keep the old one when that fails", async () => {
    const { client, lease } = await prepare();
    const before = describeSnapshot("one");
    await client.write(lease, before, CHUNKS, RETENTION);
    const textOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
      let text = "";
      for await (const chunk of chunks) text += Buffer.from(chunk).toString();
      return text;
    };
    const content = { keyFingerprint: "key", bytes: 8, checksum: "cd" };
    const exchange = (by: Lease, id: string, failure?: Error): Promise<boolean> =>
      client.exchange(by, id, async ({ readChunks, put }) => {
        expect(await textOf(readChunks())).toBe("abcdef");
        for (const index of [0, 1]) await put(index, Buffer.from("wxyz"));
        expect(await textOf(readChunks())).toBe("wxyzwxyz");
        if (failure !== undefined) throw failure;
        return content;
      });
    await expect(exchange(lease, "one", new Error("not good"))).rejects.toMatchObject({ code: "database.failed" });
    const overtaken = { ...lease, epoch: lease.epoch - 1 };
    await expect(exchange(overtaken, "one")).rejects.toMatchObject({ code: "replica.fenced" });
    expect(await client.list("BOT")).toEqual([before]);
    expect(await textOf(client.readChunks("one"))).toBe("abcdef");
    expect(await exchange(lease, "gone")).toBe(false);
    expect(await exchange(lease, "one")).toBe(true);
    expect(await client.list("BOT")).toEqual([{ ...before, ...content }]);
    expect(await textOf(client.readChunks("one"))).toBe("wxyzwxyz");
  });

  test("are written under the lease only, and completely or not at all", async () => {
    const { database, client, lease } = await prepare();
    const overtaken = { ...lease, epoch: lease.epoch - 1 };
    const write = client.write(overtaken, describeSnapshot("stale"), CHUNKS, RETENTION);
    await expect(write).rejects.toMatchObject({ code: "replica.fenced" });
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("abc");
      throw new Error("the source failed");
    };
    const half = client.write(lease, describeSnapshot("half"), breaking(), RETENTION);
    await expect(half).rejects.toMatchObject({ code: "database.failed" });
    expect(await idsOf(client)).toEqual([]);
    expect(await database.rows("select index from blacksky.snapshot_chunk")).toEqual([]);
  });
});
