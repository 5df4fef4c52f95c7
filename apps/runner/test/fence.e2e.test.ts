import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, startDatabaseProxy, waitFor } from "@blacksky/harness";
import type { DatabaseProxy, Home, SimulatorEvent, Tree, World } from "@blacksky/harness";
import { systemClock } from "@blacksky/machine";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LEASE_TTL_MS = 4_000;
const DEADLINE_MS = 40_000;

let world: World;
let home: Home;
let proxy: DatabaseProxy;
let rivalDir: string;
let holder: Tree;
let events: SimulatorEvent[];

beforeEach(async () => {
  world = await createWorld();
  home = await world.createHome();
  proxy = await startDatabaseProxy(world.database.port);
  rivalDir = mkdtempSync(join(tmpdir(), "blacksky-rival-"));
  holder = await startHolder();
  await home.pair(holder);
  await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
  events = [];
  world.simulator.onAny((event) => void events.push(event));
});
afterEach(async () => {
  await world.close();
  await proxy.close();
  rmSync(rivalDir, { recursive: true, force: true });
});

const LEASE = { LEASE_TTL: String(LEASE_TTL_MS) };

const startHolder = (): Promise<Tree> => home.start({ env: { ...LEASE, DATABASE_URL: proxy.urlOf(home.databaseUrl) } });

const startRival = (): Promise<Tree> => home.start({ dataDir: rivalDir, env: LEASE });

const standsBy = (tree: Tree): Promise<unknown> =>
  tree.waitForHealth(
    "it stands by",
    ({ connection, session }) => connection.state === "standby" && !session.lease.held,
    DEADLINE_MS,
  );

/** A rival that waits, of whom the holder has learnt with a renewal. */
const startWaitingRival = async (): Promise<Tree> => {
  const rival = await startRival();
  await standsBy(rival);
  const noted = await waitFor(
    "the rival has left word",
    async () => {
      const lease = await home.readLease();
      return lease.contested ? lease : undefined;
    },
    DEADLINE_MS,
  );
  await waitFor(
    "the holder has renewed",
    async () => (await home.readLease()).expiresAt > noted.expiresAt + LEASE_TTL_MS / 2 || undefined,
    DEADLINE_MS,
  );
  return rival;
};

const count = (type: SimulatorEvent["type"]): number => events.filter((event) => event.type === type).length;

const firstAt = (type: SimulatorEvent["type"]): number =>
  events.find((event) => event.type === type)?.at ?? Number.POSITIVE_INFINITY;

/** The holder's socket was gone before its lease was, and before anybody else logged in. */
const expectGoneInTime = (leaseEnd: number): void => {
  expect(firstAt("socket.closed")).toBeLessThan(leaseEnd);
  expect(firstAt("socket.closed")).toBeLessThan(firstAt("login.succeeded"));
  expect([count("device.replaced"), count("stanza.outdated"), count("login.succeeded")]).toEqual([0, 0, 1]);
};

describe("a bot whose lease is not renewed while another waits for it", () => {
  test("cuts its socket in time though keeper, runner and backup worker are stopped, and writes nothing after that", async () => {
    const rival = await startWaitingRival();
    const others = [...(await Promise.all([holder.workerPid("keeper"), holder.workerPid("backup")])), holder.pid];
    const asked = await world.owner.say(BOT_PHONE, ".ping");
    for (const pid of others) process.kill(pid, "SIGSTOP");
    const { expiresAt } = await home.readLease();
    try {
      await rival.waitUntilOpen(DEADLINE_MS);
      expectGoneInTime(expiresAt);
    } finally {
      for (const pid of others) process.kill(pid, "SIGCONT");
    }
    await standsBy(holder);
    await world.owner.waitForMessage(({ quotedId }) => quotedId === asked.id, DEADLINE_MS);
    await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
    expectGoneInTime(expiresAt);
    expect(holder.output()).toContain("the socket was cut, so that only one bot speaks for it");
  });

  test("cuts its socket in time though it has not finished an answer", async () => {
    const rival = await startWaitingRival();
    world.simulator.faults.withholdAcks(BOT_PHONE, true);
    const accepted = world.simulator.waitFor(({ type }) => type === "message.accepted", DEADLINE_MS);
    const asked = await world.owner.say(BOT_PHONE, ".ping");
    await accepted;
    proxy.cut();
    const { expiresAt } = await home.readLease();
    await rival.waitUntilOpen(DEADLINE_MS);
    expectGoneInTime(expiresAt);
    world.simulator.faults.withholdAcks(BOT_PHONE, false);
    proxy.mend();
    await standsBy(holder);
    await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
    expectGoneInTime(expiresAt);
    expect(world.owner.received.filter(({ quotedId }) => quotedId === asked.id)).toHaveLength(1);
  });
});

describe("a lone bot whose database is away", () => {
  test("goes on for longer than its lease, with the same socket", async () => {
    proxy.cut();
    const { expiresAt } = await home.readLease();
    await waitFor(
      "the lease is over twice",
      () => systemClock.now() > expiresAt + LEASE_TTL_MS || undefined,
      DEADLINE_MS,
    );
    await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
    expect([count("socket.closed"), count("login.succeeded")]).toEqual([0, 0]);
    proxy.mend();
    await holder.waitForHealth("it replicates", ({ databaseConnected }) => databaseConnected, DEADLINE_MS);
    expect(count("socket.closed")).toBe(0);
  });

  test("stands by for good as soon as a newcomer, who reaches it, takes its place", async () => {
    proxy.cut();
    const { expiresAt } = await home.readLease();
    await waitFor("the lease is over", () => systemClock.now() > expiresAt || undefined, DEADLINE_MS);
    const rival = await startRival();
    await rival.waitUntilOpen(DEADLINE_MS);
    // WhatsApp ends the older socket: the one case in which two meet.
    await standsBy(holder);
    expect([count("device.replaced"), count("login.succeeded")]).toEqual([1, 1]);
    proxy.mend();
    await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
    expect((await rival.health()).connection.state).toBe("open");
    expect([count("device.replaced"), count("login.succeeded")]).toEqual([1, 1]);
  });
});
