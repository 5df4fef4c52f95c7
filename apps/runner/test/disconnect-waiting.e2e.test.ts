import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type Tree, type World } from "@blacksky/harness";
import { watchAccount } from "./watch-account.ts";

const DEADLINE_MS = 30_000;
const BAN_SECONDS = 4;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterEach(() => world.simulator.faults.refuseLogin(BOT_PHONE, undefined));
afterAll(() => world.close());

const startPaired = async (): Promise<{ home: Home; tree: Tree }> => {
  const home = await world.createHome();
  const tree = await home.startPaired();
  return { home, tree };
};

/** The pause that was said last, in seconds. */
const lastPause = (tree: Tree): number =>
  Number([...tree.output().matchAll(/is backing-off: [^"]*Trying again in (\d+\.\d) s/g)].at(-1)?.[1]);

const isPausing = (tree: Tree, code: number): Promise<unknown> =>
  tree.waitForHealth(
    `it pauses after ${String(code)}`,
    ({ connection: { state, lastDisconnect } }) => state === "backing-off" && lastDisconnect?.code === code,
  );

describe("a client that WhatsApp rejects", () => {
  test.each([405, 409, 413, 418])(
    "with %d tries once, then waits for minutes with its session, also when it is started anew, and nobody hurries it",
    async (code) => {
      const { home, tree } = await startPaired();
      const watch = watchAccount(world, BOT_PHONE);
      world.simulator.faults.refuseLogin(BOT_PHONE, { reason: code });
      world.simulator.faults.drop(BOT_PHONE);
      await isPausing(tree, code);
      expect(lastPause(tree)).toBeGreaterThanOrEqual(60);
      expect((await tree.health()).session.paired).toBe(true);
      expect(await tree.act("reconnect")).toMatchObject({ status: 409, body: { error: { code: "connection.held" } } });
      await tree.stop();
      const again = await home.start();
      await isPausing(again, code);
      expect((await again.health()).session.paired).toBe(true);
      await again.stop();
      expect([watch.refusals.length, watch.logins.length]).toEqual([1, 0]);
      expect(await home.readArchive()).toEqual([]);
    },
  );
});

test("a temporary ban (402) is waited for to its end, with no attempt before", async () => {
  const { tree } = await startPaired();
  const watch = watchAccount(world, BOT_PHONE);
  world.simulator.faults.refuseLogin(BOT_PHONE, { reason: 402, code: 101, expireSeconds: BAN_SECONDS }, 1);
  world.simulator.faults.drop(BOT_PHONE);
  await isPausing(tree, 402);
  await tree.waitUntilOpen();
  expect([watch.refusals.length, watch.logins.length]).toEqual([1, 1]);
  const waitedMs = (watch.logins[0] ?? 0) - (watch.refusals[0] ?? 0);
  expect(waitedMs).toBeGreaterThanOrEqual(BAN_SECONDS * 1000);
  expect((await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS)).text).toMatch(/pong/i);
  await tree.stop();
});
