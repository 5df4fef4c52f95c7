import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { acquireLease, migrate, openDatabase, releaseLease, renewLease } from "../src/index.ts";
import type { Database, Lease } from "../src/index.ts";
import { startTestServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/index.ts";

let server: TestServer;
const open: Database[] = [];

const migrated = async (): Promise<{ database: Database }> => {
  const connectionString = await server.createDatabase();
  const database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
  open.push(database);
  await migrate(database);
  return { database };
};

const take = async (database: Database, holder: string, ttlMs = 60_000): Promise<Lease> => {
  const outcome = await acquireLease(database, "BOT", holder, ttlMs);
  if (!outcome.acquired) throw new Error(`the lease is held by ${outcome.holder}`);
  return outcome.lease;
};

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await server.stop();
});

describe("the lease", () => {
  test("goes to one of many who ask at once", async () => {
    const { database } = await migrated();
    const outcomes = await Promise.all(
      ["a", "b", "c", "d"].map((holder) => acquireLease(database, "BOT", holder, 60_000)),
    );
    expect(outcomes.filter(({ acquired }) => acquired)).toHaveLength(1);
  });

  test("tells others who holds it and for how long", async () => {
    const { database } = await migrated();
    await take(database, "a", 60_000);
    const outcome = await acquireLease(database, "BOT", "b", 60_000);
    expect(outcome).toMatchObject({ acquired: false, holder: "a" });
    if (outcome.acquired) throw new Error("unreachable");
    expect(outcome.remainingMs).toBeGreaterThan(50_000);
    expect(outcome.remainingMs).toBeLessThanOrEqual(60_000);
  });

  test("is given again to its own holder at once, with a new epoch that fences the old process", async () => {
    const { database } = await migrated();
    const first = await take(database, "a");
    const second = await take(database, "a");
    expect(second.epoch).toBe(first.epoch + 1);
    await expect(renewLease(database, first, 60_000)).rejects.toMatchObject({ code: "replica.fenced" });
    await expect(renewLease(database, second, 60_000)).resolves.toEqual({ contested: false });
  });

  test("is contested for whoever took it from one that did not let go, and for whoever stood by for it", async () => {
    const { database } = await migrated();
    const contested = async (holder: string, ttlMs: number): Promise<boolean | undefined> => {
      const outcome = await acquireLease(database, "BOT", holder, ttlMs);
      return outcome.acquired ? outcome.contested : undefined;
    };
    expect([await contested("a", 0), await contested("a", 0)]).toEqual([false, false]);
    expect(await contested("b", 0)).toBe(true);
    const third = await take(database, "c");
    await expect(renewLease(database, third, 60_000)).resolves.toEqual({ contested: true });
    await database.run("update blacksky.replica set rival_seen_at = rival_seen_at - interval '61 seconds'");
    await expect(renewLease(database, third, 60_000)).resolves.toEqual({ contested: false });
    await releaseLease(database, third);
    expect(await contested("d", 60_000)).toBe(false);
    expect(await contested("e", 60_000)).toBeUndefined();
    await database.run("update blacksky.replica set lease_holder = null");
    expect(await contested("e", 60_000)).toBe(true);
  });

  test("is free after it expired, and after it was released", async () => {
    const { database } = await migrated();
    await take(database, "a", 0);
    const second = await take(database, "b");
    await releaseLease(database, second);
    expect((await take(database, "c")).epoch).toBe(3);
  });

  test("tells its next holder whether the one before let go in order", async () => {
    const { database } = await migrated();
    const released = async (holder: string): Promise<boolean | undefined> => {
      const outcome = await acquireLease(database, "BOT", holder, 0);
      return outcome.acquired ? outcome.replica.releasedInOrder : undefined;
    };
    expect(await released("a")).toBe(true);
    expect(await released("b")).toBe(false);
    await releaseLease(database, await take(database, "b"));
    expect(await released("c")).toBe(true);
  });

  test("is not released by one who lost it", async () => {
    const { database } = await migrated();
    const lost = await take(database, "a", 0);
    await take(database, "b");
    await releaseLease(database, lost);
    expect(await acquireLease(database, "BOT", "c", 60_000)).toMatchObject({ acquired: false, holder: "b" });
  });
});
