import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type Tree, type World } from "@blacksky/harness";
import { watchAccount, type AccountWatch } from "./watch-account.ts";

const DEADLINE_MS = 30_000;
/** A first take-over is followed by one look after 30 to 45 s. */
const PROBE_DEADLINE_MS = 90_000;
const BAN_SECONDS = 4;
const SHARED_PHONE = "4915550000010";

interface Shared {
  readonly home: Home;
  readonly tree: Tree;
  readonly watch: AccountWatch;
  /** When another program took the session. */
  readonly takenAt: number;
}

let world: World;
let home: Home;
let tree: Tree;
/** Takes its time, so it begins first. */
let shared: Promise<Shared>;

beforeAll(async () => {
  world = await createWorld();
  shared = startShared();
  shared.catch(() => undefined);
  home = await world.createHome();
  tree = await home.start();
  await home.pair(tree);
});
afterAll(() => world.close());

/** A bot whose session another program takes, and takes back whenever the bot logs in. */
const startShared = async (): Promise<Shared> => {
  const phone = await world.simulator.addAccount({ phone: SHARED_PHONE, name: "Shared" });
  const theirs = await world.createHome();
  const started = await theirs.start();
  await theirs.pair(started, phone);
  const watch = watchAccount(world, SHARED_PHONE);
  const takenAt = Date.now();
  world.simulator.faults.occupied(SHARED_PHONE, true);
  await started.waitForHealth("it is replaced", ({ connection }) => connection.state === "replaced");
  return { home: theirs, tree: started, watch, takenAt };
};

/** The pause that was said last, in seconds. */
const lastPause = (): number =>
  Number([...tree.output().matchAll(/is backing-off: [^"]*Trying again in (\d+\.\d) s/g)].at(-1)?.[1]);

const isPausing = (code: number): Promise<unknown> =>
  tree.waitForHealth(
    `it pauses after ${String(code)}`,
    ({ connection: { state, lastDisconnect } }) => state === "backing-off" && lastDisconnect?.code === code,
  );

describe("a client that WhatsApp rejects", () => {
  test.each([405, 409, 413, 414, 415, 418])(
    "with %d tries once, then waits for minutes with its session, and a person can go on",
    async (code) => {
      const watch = watchAccount(world, BOT_PHONE);
      world.simulator.faults.refuseLogin(BOT_PHONE, { reason: code });
      world.simulator.faults.drop(BOT_PHONE);
      await isPausing(code);
      expect(lastPause()).toBeGreaterThanOrEqual(60);
      expect((await tree.health()).session.paired).toBe(true);
      await tree.stop();
      expect([watch.refusals.length, watch.logins.length]).toEqual([1, 0]);
      expect(await home.readArchive()).toEqual([]);
      world.simulator.faults.refuseLogin(BOT_PHONE, undefined);
      tree = await home.start();
      await tree.waitUntilOpen();
    },
  );
});

test("a temporary ban (402) is waited for to its end, with no attempt before", async () => {
  const watch = watchAccount(world, BOT_PHONE);
  world.simulator.faults.refuseLogin(BOT_PHONE, { reason: 402, code: 101, expireSeconds: BAN_SECONDS }, 1);
  world.simulator.faults.drop(BOT_PHONE);
  await isPausing(402);
  await tree.waitUntilOpen();
  expect([watch.refusals.length, watch.logins.length]).toEqual([1, 1]);
  const waitedMs = (watch.logins[0] ?? 0) - (watch.refusals[0] ?? 0);
  expect(waitedMs).toBeGreaterThanOrEqual(BAN_SECONDS * 1000);
  expect((await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS)).text).toMatch(/pong/i);
});

test("a session that another program uses (440) is looked at once more, then left to it, and kept", async () => {
  const { home: theirs, tree: replaced, watch, takenAt } = await shared;
  await replaced.waitForHealth(
    "it has been replaced twice",
    ({ connection: { state, lastDisconnect } }) =>
      state === "replaced" && watch.logins.length > 0 && Date.parse(lastDisconnect?.at ?? "") > takenAt + 20_000,
    PROBE_DEADLINE_MS,
  );
  expect((watch.logins[0] ?? 0) - takenAt).toBeGreaterThanOrEqual(30_000);
  expect(await replaced.health()).toMatchObject({ status: "error", connection: { lastDisconnect: { code: 440 } } });
  await replaced.stop();
  expect(watch.logins).toHaveLength(1);
  expect(await theirs.readArchive()).toEqual([]);
  world.simulator.faults.occupied(SHARED_PHONE, false);
  const again = await theirs.start();
  await again.waitUntilOpen();
  expect((await world.friend.ask(SHARED_PHONE, ".ping", DEADLINE_MS)).text).toMatch(/pong/i);
  await again.stop();
});
