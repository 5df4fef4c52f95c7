import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
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

const expectUnharmed = async (): Promise<void> => {
  await tree.waitUntilOpen();
  expect((await world.owner.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
  expect((await world.friend.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
  expect(world.simulator.ledger()).toMatchObject({ pairings: 1, retryReceipts: 0, maxConcurrentSockets: 1 });
};

describe("kill -9", () => {
  test.each(["bot", "keeper", "backup"] as const)(
    "of the %s brings a new one, and nobody notices more than a moment",
    async (id) => {
      const before = await tree.workerPid(id);
      process.kill(before, "SIGKILL");
      const health = await tree.waitForHealth(
        `a new ${id} runs`,
        ({ workers }) => workers[id].state === "running" && workers[id].pid !== before,
      );
      expect(health.workers[id].restarts).toBe(1);
      await expectUnharmed();
    },
  );

  test("of the keeper leaves the open socket alone", async () => {
    const logins = world.simulator.ledger().logins;
    const before = await tree.workerPid("keeper");
    process.kill(before, "SIGKILL");
    await tree.waitForHealth(
      "a new keeper runs",
      ({ workers }) => workers.keeper.state === "running" && workers.keeper.pid !== before,
    );
    await expectUnharmed();
    expect(world.simulator.ledger().logins).toBe(logins);
  });

  test("of the runner makes the workers flush and end, and the next runner goes on where it was", async () => {
    const before = await tree.health();
    tree.signal("SIGKILL");
    await tree.exited;
    await waitFor("no orphan is left", () => (tree.survivors().length === 0 ? true : undefined), 15_000);
    tree = await home.start();
    const health = await tree.waitUntilOpen();
    expect(health.session.position).toBeGreaterThanOrEqual(before.session.position);
    await expectUnharmed();
  });
});

describe("SIGSTOP", () => {
  test("of the bot is noticed by its silence, and a new one takes its place", async () => {
    const before = await tree.workerPid("bot");
    process.kill(before, "SIGSTOP");
    await tree.waitForHealth(
      "a new bot runs",
      ({ workers }) => workers.bot.state === "running" && workers.bot.pid !== before,
      45_000,
    );
    await expectUnharmed();
  });
});
