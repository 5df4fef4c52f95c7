import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type Tree, waitFor, type World } from "@blacksky/harness";

let world: World;
let home: Home;
let tree: Tree;

beforeAll(async () => {
  world = await createWorld();
  home = await world.createHome();
  tree = await home.startPaired();
  expect((await world.owner.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
});
afterAll(() => world.close());

const standsIn = (): boolean => tree.output().includes("There is no keeper: the bot decides");

/** Kills the keeper and stops the next one before it can speak: for the runner it starts slowly, for the bot there is none. */
const loseKeeper = async (): Promise<number> => {
  const before = await tree.workerPid("keeper");
  process.kill(before, "SIGKILL");
  const next = await waitFor(
    "the next keeper is spawned",
    async () => {
      const { pid } = (await tree.health()).workers.keeper;
      return pid === null || pid === before ? undefined : pid;
    },
    20_000,
  );
  process.kill(next, "SIGSTOP");
  return next;
};

test("without a keeper the bot reconnects by itself, and the next keeper takes the connection over as it is", async () => {
  const stopped = await loseKeeper();
  await waitFor("the bot decides by itself", () => standsIn() || undefined, 14_000);
  const { logins } = world.simulator.ledger();
  const dropped = world.simulator.waitFor(({ type }) => type === "socket.closed", 10_000);
  world.simulator.faults.drop(BOT_PHONE);
  await dropped;
  expect((await world.owner.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
  expect(world.simulator.ledger().logins).toBe(logins + 1);
  await tree.waitForHealth("everybody sees it", ({ connection }) => connection.state === "open");

  process.kill(stopped, "SIGKILL");
  await waitFor("a keeper decides", () => tree.output().includes("The keeper is back") || undefined, 30_000);
  await tree.waitForHealth("it runs", ({ workers }) => workers.keeper.state === "running");
  expect((await world.friend.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
  expect(world.simulator.ledger()).toMatchObject({
    logins: logins + 1,
    pairings: 1,
    maxConcurrentSockets: 1,
    retryReceipts: 0,
  });
});
