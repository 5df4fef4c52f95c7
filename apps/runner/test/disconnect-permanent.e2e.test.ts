import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type Tree, type World } from "@blacksky/harness";
import { watchAccount } from "./watch-account.ts";

const DEADLINE_MS = 30_000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** Refuses the account's next logins, and lets its bot try one. */
const refuse = (reason: number): void => {
  world.simulator.faults.refuseLogin(BOT_PHONE, { reason });
  world.simulator.faults.drop(BOT_PHONE);
};

/** A paired bot meets this end, and stays there: one attempt at most, and a person is needed. */
const meet = async (
  code: number,
  state: "logged-out" | "refused",
  strike: () => unknown,
): Promise<{ home: Home; tree: Tree }> => {
  const home = await world.createHome();
  const tree = await home.startPaired();
  await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
  const watch = watchAccount(world, BOT_PHONE);
  strike();
  const health = await tree.waitForHealth(`it is ${state}`, ({ connection }) => connection.state === state);
  expect(health).toMatchObject({ status: "error", connection: { lastDisconnect: { code } } });
  const restarts = health.workers.bot.restarts;
  expect((await fetch(`${tree.url}/ready`)).status).toBe(503);
  expect(watch.logins).toEqual([]);
  expect(watch.refusals.length).toBeLessThanOrEqual(1);
  expect(restarts).toBe(0);
  world.simulator.faults.refuseLogin(BOT_PHONE, undefined);
  return { home, tree };
};

const creds = (keys: readonly string[]): readonly string[] => keys.filter((key) => key.endsWith("/session/creds"));

/** Somebody who has seen to the cause lets it go on: it shows a QR, and works when it is linked. */
const linkAnew = async (home: Home, tree: Tree): Promise<void> => {
  expect((await tree.act("reconnect")).status).toBe(202);
  await home.pair(tree);
  expect((await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS)).text).toMatch(/pong/i);
};

describe("a session that WhatsApp has ended for good", () => {
  test.each([
    ["unlinked on the phone (401)", 401, "logged-out", () => world.simulator.faults.deviceRemoved(BOT_PHONE)],
    ["refused with 401 at login", 401, "logged-out", () => refuse(401)],
    ["locked (403)", 403, "refused", () => refuse(403)],
    ["banned (406)", 406, "refused", () => refuse(406)],
  ] as const)("%s is archived, and the bot waits to be linked anew", async (_title, code, state, strike) => {
    const { home, tree } = await meet(code, state, strike);
    expect(creds(await home.readArchive())).toHaveLength(1);
    await linkAnew(home, tree);
    await tree.stop();
    expect(await tree.exited).toEqual({ code: 0, signal: null });
    expect(creds(await home.readArchive())).toHaveLength(1);
  });
});

test("an account without linked devices (411) keeps its session for when it has them again", async () => {
  const { home, tree } = await meet(411, "refused", () => refuse(411));
  expect(await home.readArchive()).toEqual([]);
  const { pairings } = world.simulator.ledger();
  expect((await tree.act("reconnect")).status).toBe(202);
  await tree.waitUntilOpen();
  expect((await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS)).text).toMatch(/pong/i);
  expect(world.simulator.ledger().pairings).toBe(pairings);
  await tree.stop();
});
