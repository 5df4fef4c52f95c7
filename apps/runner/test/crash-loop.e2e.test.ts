import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type World } from "./harness/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("a bot that dies again and again ends the tree with 70, after everything was flushed", async () => {
  const home = await world.createHome();
  const tree = await home.start();
  await home.pair(tree);
  await world.owner.ask(BOT_PHONE, ".ping", 15_000);

  let ended = false;
  void tree.exited.then(() => {
    ended = true;
  });
  let lastPid: number | null = null;
  while (!ended) {
    const health = await tree
      .waitForHealth("another bot runs", ({ workers }) => workers.bot.pid !== null && workers.bot.pid !== lastPid)
      .catch(() => undefined);
    const pid = health?.workers.bot.pid;
    if (pid === null || pid === undefined) break;
    lastPid = pid;
    process.kill(pid, "SIGKILL");
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
