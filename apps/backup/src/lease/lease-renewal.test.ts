import { Writable } from "node:stream";

import { BlackskyError } from "@blacksky/errors";
import { createLogger } from "@blacksky/logger";
import { createFakeClock, expiryIn, lifeOf, LONG_OVER, remainingMs } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";

import { startLeaseRenewal } from "./lease-renewal.ts";

const HOUR_MS = 3_600_000;
const TTL_MS = 30_000;
const GUARD_MS = 2_000;

type Answer = "yes" | "contested" | "fenced" | "down" | "silence";

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

const setUp = ({ contested = false } = {}) => {
  const clock = createFakeClock(10 * HOUR_MS);
  const told: string[] = [];
  let logged = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const database = { answer: "yes" as Answer, asked: 0 };
  const renew = async (): Promise<{ contested: boolean }> => {
    database.asked += 1;
    switch (database.answer) {
      case "yes":
        return { contested: false };
      case "contested":
        return { contested: true };
      case "fenced":
        throw new BlackskyError("replica.fenced", "taken");
      case "down":
        throw new BlackskyError("database.lost", "away");
      case "silence":
        return new Promise(() => undefined);
    }
  };
  const renewal = startLeaseRenewal({
    claim: { leaseUntil: expiryIn(clock, TTL_MS), contested },
    renew,
    ttlMs: TTL_MS,
    clock,
    log: createLogger({ system: "backup", json: false, level: "info", secrets: [], stream }),
    onFenced: () => told.push("fenced"),
    onRenewed: () => undefined,
    onFailure: () => undefined,
    onAlone: () => told.push("alone"),
    onEndangered: () => told.push(`endangered, ${remainingMs(clock, renewal.socketUntil)} ms left`),
  });
  /** In small steps, as answers come between timers. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(Math.min(500, left));
      await settle();
    }
  };
  const leftMs = (): number => remainingMs(clock, renewal.socketUntil);
  return { clock, database, told, renewal, pass, leftMs, logged: () => logged };
};

describe("the renewal of a lease", () => {
  test("asks four times within its life, and keeps a socket's end before the lease's", async () => {
    const { database, pass, told, leftMs } = setUp();
    expect(leftMs()).toBe(TTL_MS - GUARD_MS);
    for (let round = 0; round < 40; round += 1) {
      await pass(3000);
      expect(leftMs()).toBeGreaterThanOrEqual((TTL_MS * 3) / 4 - GUARD_MS - 500);
    }
    expect(database.asked).toBe(1 + Math.floor((120_000 - 1500) / 7500));
    expect(told).toEqual([]);
  });

  test("asks again soon after an outage, so that the next one finds a socket with time left", async () => {
    const { database, pass, leftMs } = setUp();
    database.answer = "down";
    await pass(9000);
    database.answer = "yes";
    await pass(2000);
    expect(leftMs()).toBeGreaterThanOrEqual(TTL_MS - GUARD_MS - 2000);
    const { asked } = database;
    await pass(5000);
    expect(database.asked).toBe(asked);
  });

  test("gives up in time to stop in order when the database is away and somebody waits", async () => {
    const { database, pass, told } = setUp({ contested: true });
    database.answer = "down";
    await pass(TTL_MS);
    expect(told).toEqual(["endangered, 8000 ms left"]);
  });

  test("does not wait for a database that keeps silent, either", async () => {
    const { database, pass, told } = setUp({ contested: true });
    database.answer = "silence";
    await pass(TTL_MS);
    expect(told).toEqual(["endangered, 8000 ms left"]);
  });

  test("lets a lone one go on through an outage of any length, a lease's time at once and never without end", async () => {
    const { database, pass, told, renewal, leftMs } = setUp();
    for (const answer of ["down", "silence"] as const) {
      database.answer = answer;
      for (let round = 0; round < 60; round += 1) {
        await pass(10_000);
        expect(leftMs()).toBeGreaterThan(0);
        expect(leftMs()).toBeLessThanOrEqual(TTL_MS - GUARD_MS);
      }
    }
    expect(new Set(told)).toEqual(new Set(["alone"]));
    renewal.stop();
  });

  test("ends a lone one at once when WhatsApp says that somebody else is there", async () => {
    const { database, pass, told, renewal } = setUp();
    renewal.rivalMet();
    await pass(10_000);
    expect(told).toEqual([]);
    database.answer = "down";
    await pass(25_000);
    expect(told).toEqual(["alone"]);
    renewal.rivalMet();
    expect(told.slice(1)).toEqual([expect.stringContaining("endangered")]);
    expect(renewal.socketUntil).toEqual(LONG_OVER);
  });

  test("asks once more before a lone one opens another socket, and learns that the session is another's", async () => {
    const { database, pass, told, renewal } = setUp();
    await renewal.confirm();
    expect(database.asked).toBe(0);
    database.answer = "down";
    await pass(25_000);
    database.answer = "fenced";
    await renewal.confirm();
    expect(told).toEqual(["alone", "fenced"]);
    expect(renewal.socketUntil).toEqual(LONG_OVER);
  });

  test("takes a late start for what it is: asks before it decides", async () => {
    const { clock, database, told, leftMs } = setUp({ contested: true });
    // Opening the session took longer than the lease lasts; no timer has fired yet.
    const late = startLeaseRenewal({
      claim: { leaseUntil: expiryIn(clock, -1), contested: true },
      renew: async () => ({ contested: true }),
      ttlMs: TTL_MS,
      clock,
      log: createLogger({ system: "backup", json: false, level: "error", secrets: [], stream: new Writable() }),
      onFenced: () => told.push("late: fenced"),
      onRenewed: () => told.push("late: renewed"),
      onFailure: () => undefined,
      onAlone: () => told.push("late: alone"),
      onEndangered: () => told.push("late: endangered"),
    });
    clock.advance(0);
    await settle();
    expect(told).toEqual(["late: renewed"]);
    expect(remainingMs(clock, late.socketUntil)).toBe(TTL_MS - GUARD_MS);
    expect([database.asked, leftMs()]).toEqual([0, TTL_MS - GUARD_MS]);
    late.stop();
  });
});

describe("a clock that jumps", () => {
  test("forward by an hour costs one renewal, and no healthy session", async () => {
    const { clock, database, pass, told, renewal, logged } = setUp({ contested: true });
    database.answer = "contested";
    await pass(3000);
    const asked = database.asked;
    clock.setWall(HOUR_MS);
    expect(lifeOf(clock, renewal.socketUntil)).toBe("doubtful");
    await pass(1000);
    expect([database.asked, lifeOf(clock, renewal.socketUntil)]).toEqual([asked + 1, "running"]);
    await pass(120_000);
    expect(told).toEqual([]);
    expect(logged()).toContain("set forward, or it was asleep; the lease is renewed at once");
  });

  test("back by an hour does not make a lease last longer", async () => {
    const { clock, database, pass, told, logged } = setUp({ contested: true });
    database.answer = "contested";
    await pass(3000);
    clock.setWall(-HOUR_MS);
    await pass(120_000);
    expect(told).toEqual([]);
    database.answer = "down";
    await pass(TTL_MS);
    expect(told).toEqual(["endangered, 8000 ms left"]);
    expect(logged()).toContain("set back; leases are counted by one that nobody sets");
  });

  test("because the machine was suspended finds out that the lease is gone", async () => {
    const { clock, database, pass, told, renewal } = setUp();
    await pass(3000);
    clock.setWall(HOUR_MS);
    database.answer = "fenced";
    await pass(1000);
    expect(told).toEqual(["fenced"]);
    expect(renewal.socketUntil).toEqual(LONG_OVER);
  });

  test("because the machine was suspended, with the database away and somebody waiting: the lease counts as over", async () => {
    for (const answer of ["down", "silence"] as const) {
      const { clock, database, pass, told } = setUp({ contested: true });
      database.answer = "contested";
      await pass(3000);
      clock.setWall(HOUR_MS);
      database.answer = answer;
      await pass(4500);
      expect(told).toEqual([expect.stringMatching(/^endangered, -\d+ ms left$/)]);
    }
  });

  test("leaves a lone one with the database away where it is", async () => {
    const { clock, database, pass, told, renewal } = setUp();
    database.answer = "down";
    await pass(25_000);
    clock.setWall(HOUR_MS);
    await pass(4500);
    expect([lifeOf(clock, renewal.socketUntil), new Set(told)]).toEqual(["running", new Set(["alone"])]);
  });
});
