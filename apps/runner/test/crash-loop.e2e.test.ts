import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type World } from "@blacksky/harness";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("a bot that dies again and again ends the tree with 70, after everything was flushed", async () => {
  const home = await world.createHome();
  const tree = await home.startPaired();
  await world.owner.ask(BOT_PHONE, ".ping", 15_000);

  let lastPid: number | null = null;
  for (;;) {
    const next = tree.waitForHealth(
      "another bot runs",
      ({ workers }) => workers.bot.pid !== null && workers.bot.pid !== lastPid,
    );
    const health = await Promise.race([next.catch(() => undefined), tree.exited.then(() => undefined)]);
    if (health === undefined) break;
    lastPid = health.workers.bot.pid;
    if (lastPid !== null) process.kill(lastPid, "SIGKILL");
  }
  expect(await tree.exited).toEqual({ code: 70, signal: null });
  expect(tree.survivors()).toEqual([]);

  // What was flushed is enough to go on without the disk.
  home.wipeDisk();
  const next = await home.start();
  await next.waitUntilOpen();
  expect((await world.owner.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
  expect(world.simulator.ledger()).toMatchObject({ pairings: 1, retryReceipts: 0 });
});
