import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type World } from "@blacksky/harness";

const GATHERED_MS = 40_000;

let world: World;
let home: Home;
beforeAll(async () => {
  world = await createWorld();
  home = await world.createHome();
});
afterAll(() => world.close());

test("the owner reads in one message what happened together: a worker that died, and an outage with its cause", async () => {
  const tree = await home.startPaired({ env: { OWNER_NOTICES: "all", QUIET_HOURS: "0-0" } });
  const keeper = await tree.workerPid("keeper");
  process.kill(keeper, "SIGKILL");
  world.simulator.faults.drop(BOT_PHONE);
  await tree.waitForHealth(
    "a new keeper runs, and the connection is open again",
    ({ workers, connection }) => workers.keeper.restarts === 1 && connection.state === "open",
  );
  const told = await world.owner.waitForMessage(({ text }) => text.includes("was started again"), GATHERED_MS);
  expect(told.text).toContain("The keeper worker ended unexpectedly and was started again.");
  expect(told.text).toMatch(/I am (online|back after \d+ s without a connection to WhatsApp)/);
  expect(told.count).toBe(1);
  expect(world.owner.received.filter(({ quotedId }) => quotedId === undefined)).toHaveLength(1);
  await tree.stop();
});
