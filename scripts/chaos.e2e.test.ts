import { describe, expect, test } from "@jest/globals";
import { runDeliveryChaos } from "./chaos/delivery.ts";
import { runLeaseChaos } from "./chaos/lease.ts";
import { findLosses } from "./chaos/outage/judge.ts";
import { runNotificationChaos } from "./chaos/notifications.ts";
import { runOutageChaos } from "./chaos/outage.ts";
import { runSessionChaos } from "./chaos/session.ts";

const SEED = 7;

describe("a session whose machine vanishes under traffic", () => {
  test("comes back from PostgreSQL: no pairing, little is lost, everything can be read in the end", async () => {
    const figures = await runSessionChaos({ rounds: 1, seed: SEED, ending: "kill" });
    expect(figures).toMatchObject({ pairings: 1, undecryptable: { byPeople: [], byBot: [] } });
    // The command promises half a second; where tests run, other things delay the replication too.
    expect(Math.max(...figures.lostAgesMs)).toBeLessThanOrEqual(5_000);
  });

  test("loses nothing at all when it is asked to end", async () => {
    const figures = await runSessionChaos({ rounds: 1, seed: SEED, ending: "term" });
    expect(figures).toMatchObject({ pairings: 1, retryReceipts: 0, unanswered: 0, lostChanges: [0] });
    expect(figures.undecryptable).toEqual({ byPeople: [], byBot: [], atFirst: 0 });
  });
});

describe("two runners on one session", () => {
  test("take turns, whatever befalls the one that holds it: never two sockets, no stale write", async () => {
    // A machine that tests two files at once may leave a holder no time to renew a shorter lease.
    const figures = await runLeaseChaos({ rounds: 4, seed: SEED, runners: 2, leaseTtlMs: 9_000 });
    expect(figures).toMatchObject({ pairings: 1, overlaps: 0, writtenTooLate: 0, staleWrites: 0 });
    for (const ms of figures.goneBeforeEndMs) expect(ms).toBeGreaterThan(0);
    const { term, kill, stop, cut } = figures.takeOverMs;
    expect([term, kill, stop, cut].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
  });
});

describe("a database that goes away under traffic", () => {
  test("is missed by nobody: answers go on, the health says so, and all of it is replicated when it is back", async () => {
    const lastsMs = 3_000;
    const figures = await runOutageChaos({
      rounds: [
        { kind: "kill", victim: "nobody", lastsMs },
        { kind: "readOnly", victim: "backup", lastsMs },
      ],
      seed: SEED,
    });
    expect(figures.rounds.map(findLosses)).toEqual([[], []]);
    expect(figures).toMatchObject({ pairings: 1, retryReceipts: 0 });
    // Two outages of several seconds each, on a machine that is busy.
  }, 180_000);
});

describe("a bot that is killed, cut off and moved while a crowd asks it", () => {
  test("answers each question, and nobody sees an answer twice", async () => {
    // Six rounds have one of each kind.
    const crowd = { people: 12, groups: 2 };
    const figures = await runDeliveryChaos({ rounds: 6, seed: SEED, crowd, burst: 10 });
    expect(figures.sum).toEqual({ asked: 60, lost: 0, unanswered: 0, twice: 0 });
    expect(figures.byFault.size).toBe(6);
    expect(figures).toMatchObject({ pairings: 1, kills: 3, cycles: 1, machines: 1, maxConcurrentSockets: 1 });
  });
});

describe("notifications that are handed in while everything is taken away", () => {
  test("are seen once, in the order of their chats, and none is lost", async () => {
    const outages = ["bot killed", "database cut, bot killed", "dyno cycled, disk wiped"] as const;
    const crowd = { people: 6, groups: 1 };
    const figures = await runNotificationChaos({ count: 90, perOutage: 30, seed: SEED, crowd, outages });
    expect(figures).toMatchObject({ handed: 90, lost: 0, twice: 0, disordered: 0, outages: 3, pairings: 1 });
  });
});
