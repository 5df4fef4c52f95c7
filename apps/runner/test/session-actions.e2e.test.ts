import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type Tree, type World } from "@blacksky/harness";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const say = async (text: string): Promise<string> => (await world.owner.ask(BOT_PHONE, text, 20_000)).text;
/** Asks for something, and sends back the line that the question ends with. */
const confirm = async (text: string): Promise<string> => say((await say(text)).split("\n").at(-1) ?? "");

const startPaired = async (): Promise<{ home: Home; tree: Tree; pairings: number }> => {
  const home = await world.createHome();
  const tree = await home.startPaired();
  return { home, tree, pairings: world.simulator.ledger().pairings };
};

/** All three workers were replaced, and the bot is open again. */
const waitForRestore = (tree: Tree): Promise<unknown> =>
  tree.waitForHealth(
    "the session is restored",
    ({ session, connection }) => session.restoredFrom === "snapshot" && connection.state === "open",
  );

const endInOrder = async (tree: Tree): Promise<void> => {
  await tree.stop();
  expect(await tree.exited).toEqual({ code: 0, signal: null });
};

const linked = (): number => world.account.devices.length;

describe("a snapshot restored in the chat", () => {
  test("brings the bot back in place, paired, and it answers everybody", async () => {
    const { tree, pairings } = await startPaired();
    expect(await say(".ping")).toMatch(/pong/i);
    expect((await world.friend.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
    const taken = await say(".backup");
    const [id = ""] = /\S+-[\da-f]{8}$/.exec(taken) ?? [];
    expect(taken).toMatch(/is taken: \d+ records, \d+ K?B, kept in the database and on this disk/);
    for (let at = 0; at < 3; at += 1) expect(await say(".ping")).toMatch(/pong/i);
    expect((await world.friend.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
    expect(await say(".sessions")).toContain(id.slice(-8));

    const before = await tree.health();
    expect(await confirm(`.restore ${id.slice(-8)}`)).toContain("in a few seconds");
    await waitForRestore(tree);
    const after = await tree.health();
    expect(after.session.position).toBeGreaterThan(before.session.position);
    expect(after.workers.backup.pid).not.toBe(before.workers.backup.pid);
    for (let at = 0; at < 2; at += 1) {
      expect(await say(".ping")).toMatch(/pong/i);
      expect((await world.friend.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
    }
    expect(await say(".sessions")).toContain("before restore");
    expect(world.simulator.ledger()).toMatchObject({ pairings, maxConcurrentSockets: 1 });
    await endInOrder(tree);
  });
});

describe("a logout in the chat", () => {
  test("unlinks the bot, keeps a snapshot, and lets it be paired again", async () => {
    const { home, tree, pairings } = await startPaired();
    const before = linked();
    expect(await confirm(".logout")).toMatch(/Logging out\. Snapshot \*[\da-f]{8}\* is taken/);
    const { qr } = await tree.waitForPairing("qr");
    expect(linked()).toBe(before - 1);
    expect((await tree.health()).session.paired).toBe(false);
    expect(tree.output()).toContain("The bot was logged out on request");
    await world.account.scanQr(qr);
    await tree.waitUntilOpen();
    expect(await say(".ping")).toMatch(/pong/i);
    expect(await say(".sessions")).toContain("before logout");
    expect(world.simulator.ledger().pairings).toBe(pairings + 1);
    await endInOrder(tree);
    expect((await home.compareReplica()).replica).toEqual((await home.compareReplica()).local);
  });
});

describe("a session that is cleared in the chat", () => {
  test("makes way for a new pairing, stays linked, and is back when its snapshot is restored over HTTP", async () => {
    const { tree, pairings } = await startPaired();
    const before = linked();
    const answer = await confirm(".clearsession");
    const [id = ""] = /\S+-[\da-f]{8}$/.exec(answer) ?? [];
    await tree.waitForPairing("qr");
    expect(linked()).toBe(before);

    const refused = await tree.act("restore", { id });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: "backup.olderSnapshot" } } });
    expect((await tree.act("restore", { id: "another", force: true })).status).toBe(404);
    expect((await tree.act("logout", { confirm: true })).body).toMatchObject({ error: { code: "session.notPaired" } });
    expect((await tree.act("restore", { id, force: true })).status).toBe(202);
    await waitForRestore(tree);
    expect(await say(".ping")).toMatch(/pong/i);
    expect((await world.friend.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
    expect(world.simulator.ledger()).toMatchObject({ pairings, maxConcurrentSockets: 1 });
    await endInOrder(tree);
  });

  test("is kept on this disk while the database is away, also when a logout follows in the chat", async () => {
    const { tree } = await startPaired();
    await world.database.shutDown();
    await tree.waitForHealth("the outage is noticed", ({ databaseConnected }) => !databaseConnected);
    const cleared = await tree.act("clear-session", { confirm: true });
    expect(cleared).toEqual({ status: 202, body: { snapshot: expect.any(String) } });
    const { qr } = await tree.waitForPairing("qr");
    await world.account.scanQr(qr);
    await tree.waitUntilOpen();
    const [question, sessions] = [await say(".logout"), await say(".sessions")];
    expect(sessions).toMatch(/before clearing\n.*, on this disk\n/);
    expect(sessions).toContain("What is in the database cannot be read now.");
    expect(await say(question.split("\n").at(-1) ?? "")).toContain("Logging out");
    await tree.waitForPairing("qr");
    await world.database.start();
    await tree.waitForHealth("all is replicated", ({ session }) => session.position === session.replicatedPosition);
    await endInOrder(tree);
  });
});
