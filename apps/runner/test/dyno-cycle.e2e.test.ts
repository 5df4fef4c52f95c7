import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type World } from "@blacksky/harness";
import { systemClock } from "@blacksky/machine";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("SIGTERM twice to every process, a wiped disk and a new start cost no pairing, no record and no message", async () => {
  const home = await world.createHome();
  let tree = await home.startPaired();
  const group = await world.simulator.addGroup({
    subject: "Everybody",
    members: [BOT_PHONE, world.owner.phone, world.friend.phone],
  });

  for (let cycle = 0; cycle < 2; cycle++) {
    await Promise.all([world.owner.ask(BOT_PHONE, ".ping", 15_000), world.friend.ask(BOT_PHONE, ".ping", 15_000)]);
    await world.friend.ask(group.id, ".ping", 15_000);
    const before = await tree.health();

    const asked = systemClock.now();
    tree.signal("SIGTERM", "group");
    tree.signal("SIGTERM", "group");
    expect(await tree.exited).toEqual({ code: 0, signal: null });
    expect(systemClock.now() - asked).toBeLessThan(10_000);
    expect(tree.survivors()).toEqual([]);
    const exits = [...tree.output().matchAll(/"message":"(\w+) exited with code 0, as asked\."/g)].map(
      ([, child]) => child,
    );
    expect(exits).toEqual(["keeper", "bot", "backup"]);

    const { local, replica } = await home.compareReplica();
    expect(replica).toEqual(local);
    expect(local.records).toBeGreaterThan(10);

    home.wipeDisk();
    // Said while nobody is there: WhatsApp keeps it, and the next dyno answers.
    const meanwhile = await world.owner.say(BOT_PHONE, ".ping");
    tree = await home.start();
    const after = await tree.waitUntilOpen();
    expect(after.session.position).toBeGreaterThanOrEqual(before.session.position);
    expect((await world.owner.waitForMessage(({ quotedId }) => quotedId === meanwhile.id, 20_000)).text).toMatch(
      /pong/i,
    );
  }

  await Promise.all([world.owner.ask(BOT_PHONE, ".ping", 15_000), world.friend.ask(BOT_PHONE, ".ping", 15_000)]);
  await world.friend.ask(group.id, ".ping", 15_000);
  expect(world.simulator.ledger()).toMatchObject({ pairings: 1, retryReceipts: 0, maxConcurrentSockets: 1 });
});
