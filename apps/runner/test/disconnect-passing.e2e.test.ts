import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Tree, type World } from "@blacksky/harness";
import { watchAccount, type AccountWatch } from "./watch-account.ts";

const DEADLINE_MS = 30_000;
const MAX_DELAY_MS = 1000;

let world: World;
let tree: Tree;

beforeAll(async () => {
  world = await createWorld();
  const home = await world.createHome();
  // More retries than this file needs: at the limit the bot slows down to minutes.
  tree = await home.startPaired({
    env: { RECONNECT_INITIAL_DELAY: "200", RECONNECT_MAX_DELAY: String(MAX_DELAY_MS), RECONNECT_MAX_RETRIES: "100" },
  });
  await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
});
afterAll(() => world.close());

const attempts = async (): Promise<number> => (await tree.health()).connection.reconnectAttempts;

/** The bot is back by itself after this code, with the session it had, after one login. */
const comesBack = async (code: number, strike: () => unknown): Promise<AccountWatch> => {
  const watch = watchAccount(world, BOT_PHONE);
  const { lastDisconnect: before } = (await tree.health()).connection;
  await strike();
  await tree.waitForHealth(
    `it is open again after ${String(code)}`,
    ({ connection: { state, lastDisconnect } }) =>
      state === "open" && lastDisconnect?.code === code && lastDisconnect.at !== before?.at,
  );
  expect((await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS)).text).toMatch(/pong/i);
  expect((await tree.health()).session.paired).toBe(true);
  expect(watch.logins).toHaveLength(1);
  expect(world.simulator.ledger()).toMatchObject({ pairings: 1, maxConcurrentSockets: 1 });
  return watch;
};

describe("WhatsApp's servers in trouble", () => {
  test.each([500, 501, 503])(
    "refuse a login with %d: the bot waits the long delay and tries once more",
    async (code) => {
      const { refusals, logins } = await comesBack(code, () => {
        world.simulator.faults.refuseLogin(BOT_PHONE, { reason: code }, 1);
        world.simulator.faults.drop(BOT_PHONE);
      });
      expect(refusals).toHaveLength(1);
      expect((logins[0] ?? 0) - (refusals[0] ?? 0)).toBeGreaterThanOrEqual(MAX_DELAY_MS / 2);
    },
  );

  test.each([
    ["503", 503, { code: 503 }],
    ["500, which is no verdict on the session", 500, { code: 500 }],
    ["an error without a code, which Baileys calls 500", 500, { condition: "ack" }],
  ])("end the stream with %s", async (_title, code, error) => {
    await comesBack(code, () => world.simulator.faults.streamError(BOT_PHONE, error));
  });
});

describe("a connection that is lost", () => {
  test("by a cut (428) is opened again", async () => {
    await comesBack(428, () => world.simulator.faults.drop(BOT_PHONE));
  });

  test("by the end of the stream without a reason (428) is opened again", async () => {
    await comesBack(428, () => world.simulator.faults.streamEnd(BOT_PHONE));
  });

  test("with a server that cannot be reached (408) is opened as soon as it can", async () => {
    await comesBack(408, () => world.simulator.faults.refuse(1500));
  });

  test("on demand (515) is opened at once, and counts as no failure", async () => {
    const before = await attempts();
    await comesBack(515, () => world.simulator.faults.restartRequired(BOT_PHONE));
    expect(await attempts()).toBe(before);
  });
});

test("a send that fails with 401 ends neither the connection nor the session", async () => {
  const watch = watchAccount(world, BOT_PHONE);
  const refused = world.simulator.waitFor(({ type }) => type === "query.refused", DEADLINE_MS);
  world.simulator.faults.refuseQueries(BOT_PHONE, 401);
  const asked = await world.friend.say(BOT_PHONE, ".ping");
  await refused;
  await world.owner.ask(BOT_PHONE, ".ping", DEADLINE_MS);
  world.simulator.faults.refuseQueries(BOT_PHONE, undefined);
  await world.friend.waitForMessage(({ quotedId }) => quotedId === asked.id, DEADLINE_MS);
  const { connection, session } = await tree.health();
  expect([connection.state, session.paired]).toEqual(["open", true]);
  expect([watch.ends, watch.logins]).toEqual([[], []]);
});
