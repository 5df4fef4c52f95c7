import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type Tree, waitFor, type World } from "@blacksky/harness";

let world: World;
let home: Home;
let tree: Tree;

beforeAll(async () => {
  world = await createWorld();
  home = await world.createHome();
  tree = await home.startPaired();
});
afterAll(() => world.close());

const logins = (): number => world.simulator.ledger().logins;

const waitUntilReplaced = async (): Promise<void> => {
  const { connection } = await tree.waitForHealth(
    "it is replaced",
    ({ connection: { state } }) => state === "replaced",
  );
  expect(connection.lastDisconnect).toMatchObject({ code: 440 });
};

const killWorker = async (id: "keeper" | "bot"): Promise<void> => {
  const before = await tree.workerPid(id);
  process.kill(before, "SIGKILL");
  await tree.waitForHealth(
    `a new ${id} runs`,
    ({ workers }) => workers[id].state === "running" && workers[id].pid !== before,
  );
};

describe("a session that another program has taken over twice", () => {
  test("is left alone by every keeper, bot, runner and machine that comes after, until a person says so", async () => {
    world.simulator.faults.replaced(BOT_PHONE);
    await waitUntilReplaced();
    // The first take-over may have been an old process of ours: after 30 to 60 seconds the bot looks once more.
    await tree.waitUntilOpen(100_000);
    const before = logins();
    world.simulator.faults.replaced(BOT_PHONE);
    await waitUntilReplaced();

    await killWorker("keeper");
    await waitUntilReplaced();
    await killWorker("bot");
    await waitUntilReplaced();
    await tree.waitForHealth(
      "the verdict is replicated",
      ({ session }) => session.replicatedPosition === session.position,
    );
    tree.signal("SIGKILL");
    await tree.exited;
    await waitFor("no orphan is left", () => (tree.survivors().length === 0 ? true : undefined), 15_000);
    tree = await home.start();
    await waitUntilReplaced();

    tree.signal("SIGKILL", "group");
    await tree.exited;
    await waitFor("no orphan is left", () => (tree.survivors().length === 0 ? true : undefined), 15_000);
    home.wipeDisk();
    await home.expireLease();
    tree = await home.start();
    await waitUntilReplaced();
    expect(logins()).toBe(before);

    expect((await tree.act("reconnect")).status).toBe(202);
    await tree.waitUntilOpen();
    expect((await world.owner.ask(BOT_PHONE, ".ping", 30_000)).text).toMatch(/pong/i);
    expect(world.simulator.ledger()).toMatchObject({ logins: before + 1, pairings: 1 });
  }, 240_000);
});
