import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { acquireLease, createIntakeClient, migrate, openDatabase } from "../src/index.ts";
import type { Database, IntakeClient, Lease } from "../src/index.ts";
import { startTestServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/index.ts";

let server: TestServer;
let database: Database;
let intake: IntakeClient;
beforeAll(async () => {
  server = await startTestServer();
  const { connectionString } = server;
  database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000, poolSize: 5 });
  await migrate(database);
  intake = createIntakeClient(database);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const bytes = (text: string): Uint8Array => Buffer.from(text);

const take = async (sessionId: string): Promise<Lease> => {
  const outcome = await acquireLease(database, sessionId, "me", 60_000);
  if (!outcome.acquired) throw new Error("the lease is not free");
  return outcome.lease;
};

const waiting = async (sessionId: string): Promise<string[]> => {
  const rows = await intake.list(sessionId, 0, 100);
  return rows.map(({ id, value }) => `${id}=${Buffer.from(value).toString()}`);
};

describe("what is left for the holder of a lease", () => {
  test("is one row for one id, in the order in which it came, and another session's is not seen", async () => {
    expect(await intake.leave("ONE", "b", bytes("first"))).toBe(true);
    expect(await intake.leave("ONE", "a", bytes("second"))).toBe(true);
    expect(await intake.leave("ONE", "b", bytes("again"))).toBe(false);
    expect(await intake.leave("OTHER", "b", bytes("theirs"))).toBe(true);
    expect(await waiting("ONE")).toEqual(["b=first", "a=second"]);
    expect(await waiting("OTHER")).toEqual(["b=theirs"]);
    expect(await intake.find("ONE", "b")).toMatchObject({ id: "b", createdAt: expect.any(Date), setAside: null });
    expect(await intake.find("ONE", "c")).toBeUndefined();
  });

  test("is one row also when many leave it at once", async () => {
    const left = await Promise.all(Array.from({ length: 8 }, () => intake.leave("MANY", "x", bytes("x"))));
    expect(left.filter(Boolean)).toHaveLength(1);
    expect(await waiting("MANY")).toEqual(["x=x"]);
  });

  test("is read a part at a time", async () => {
    for (const id of ["1", "2", "3"]) await intake.leave("PARTS", id, bytes(id));
    const first = await intake.list("PARTS", 0, 2);
    expect(first.map(({ id }) => id)).toEqual(["1", "2"]);
    const rest = await intake.list("PARTS", first.at(-1)?.sequence ?? 0, 2);
    expect(rest.map(({ id }) => id)).toEqual(["3"]);
  });

  test("is removed and set aside under the lease alone", async () => {
    const overtaken = await take("FENCED");
    const lease = await take("FENCED");
    for (const id of ["1", "2", "3"]) await intake.leave("FENCED", id, bytes(id));
    await intake.remove(overtaken, ["1"]);
    await intake.remove({ ...lease, holder: "somebody else" }, ["1"]);
    await intake.setAside(overtaken, "2", "bad");
    expect(await waiting("FENCED")).toEqual(["1=1", "2=2", "3=3"]);
    await intake.remove(lease, ["1", "unknown"]);
    await intake.setAside(lease, "2", "bad");
    expect(await waiting("FENCED")).toEqual(["3=3"]);
    expect(await intake.find("FENCED", "2")).toMatchObject({ setAside: { at: expect.any(Date), reason: "bad" } });
    expect(await intake.leave("FENCED", "2", bytes("2"))).toBe(false);
    expect(await intake.leave("FENCED", "1", bytes("anew"))).toBe(true);
  });

  test("waits again under another lease where that may help, and is forgotten in the end", async () => {
    const lease = await take("ASIDE");
    for (const id of ["key", "bad", "old"]) {
      await intake.leave("ASIDE", id, bytes(id));
      await intake.setAside(lease, id, id);
    }
    await database.run(
      "update blacksky.notification_intake set set_aside_at = now() - interval '2 hours' where id = 'old'",
    );
    await intake.lookThroughAside({ ...lease, epoch: lease.epoch - 1 }, "key", 3_600_000);
    expect(await waiting("ASIDE")).toEqual([]);
    await intake.lookThroughAside(lease, "key", 3_600_000);
    expect(await waiting("ASIDE")).toEqual(["key=key"]);
    expect(await intake.find("ASIDE", "bad")).toMatchObject({ setAside: { reason: "bad" } });
    expect(await intake.find("ASIDE", "old")).toBeUndefined();
  });

  test("is not more than a small plan can hold", async () => {
    const fill = `insert into blacksky.notification_intake (session_id, id, value)
      select 'FULL', n::text, ''::bytea from generate_series(1, $1::int) as n`;
    await database.run(fill, [10_000]);
    await expect(intake.leave("FULL", "more", bytes("x"))).rejects.toMatchObject({
      code: "outbox.full",
      hint: expect.any(String),
    });
    expect(await intake.leave("FULL", "7", bytes("x"))).toBe(false);
    const lease = await take("FULL");
    await intake.setAside(lease, "7", "bad");
    expect(await intake.leave("FULL", "more", bytes("x"))).toBe(true);
  });
});
