import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  BOT_PHONE,
  createWorld,
  startWireProxy,
  waitFor,
  type Tree,
  type WireProxy,
  type World,
} from "@blacksky/harness";

/** What takes 35 seconds by default takes three and a half with this. */
const CHECK_MS = 1000;

let world: World;
let wire: WireProxy;
let tree: Tree;

beforeAll(async () => {
  world = await createWorld();
  wire = await startWireProxy(world.simulator.url);
  const home = await world.createHome();
  tree = await home.startPaired({
    env: {
      WHATSAPP_WS_URL: wire.urlOf(world.simulator.url),
      CONNECTION_CHECK_INTERVAL: String(CHECK_MS),
      DEBUG: "true",
    },
  });
  await tree.waitForHealth("everything runs", ({ status }) => status === "ok");
}, 60_000);

afterAll(async () => {
  await world.close();
  await wire.close();
});

const countOf = (line: string): number => tree.output().split(line).length - 1;

/** So many more of this line than there are now. */
const waitForLines = (line: string, count: number): Promise<true> => {
  const before = countOf(line);
  return waitFor(
    `"${line}", ${String(count)} times`,
    () => (countOf(line) >= before + count ? true : undefined),
    60_000,
  );
};

const expectAnswer = async (): Promise<void> => {
  await world.owner.ask(BOT_PHONE, ".ping", 60_000);
};

describe("a connection", () => {
  test("on which nothing is said but heartbeats is left alone", async () => {
    const { connection } = await tree.waitUntilOpen();
    await waitForLines("WhatsApp has answered the ping.", 10);
    expect((await tree.health()).connection).toMatchObject({ state: "open", since: connection.since });
  });

  test("that looks open and is dead is cut, and is open again once there is a way", async () => {
    await expectAnswer();
    wire.hang();
    const { connection } = await tree.waitForHealth(
      "the dead connection is found",
      (seen) => seen.connection.state !== "open",
      60_000,
    );
    expect(connection.lastDisconnect).toMatchObject({ code: 408 });
    expect(connection.lastDisconnect?.reason).toMatch(/^WhatsApp is silent: nothing has come for \d+\.\d s/);
    wire.mend();
    await tree.waitUntilOpen(60_000);
    await expectAnswer();
    expect(tree.output()).toContain("The connection looks open and is dead; it is cut.");
  });

  test("of a bot that was stopped for seconds is not taken for dead", async () => {
    const { connection } = await tree.waitUntilOpen();
    const bot = await tree.workerPid("bot");
    process.kill(bot, "SIGSTOP");
    await waitForLines("The bot did not tell how it is.", 1).finally(() => process.kill(bot, "SIGCONT"));
    await waitForLines("WhatsApp has answered the ping.", 2);
    await expectAnswer();
    const seen = await tree.health();
    expect(seen.connection).toMatchObject({ state: "open", since: connection.since });
    expect(seen.workers.bot).toMatchObject({ pid: bot });
  });
});
