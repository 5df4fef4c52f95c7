import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  ADMIN_TOKEN,
  BOT_PHONE,
  createWorld,
  FRIEND_PHONE,
  startDatabaseProxy,
  waitFor,
  type DatabaseProxy,
  type Home,
  type Tree,
  type World,
} from "@blacksky/harness";

const DELIVERED_MS = 45_000;

let world: World;
let proxy: DatabaseProxy;
let home: Home;
let tree: Tree;
let group: string;
/** What was promised to each, in order. */
const promised = new Map<string, string[]>();
const ids: string[] = [];

const start = async (): Promise<void> => {
  tree = await home.start({ env: { DATABASE_URL: proxy.urlOf(home.databaseUrl) } });
};

beforeAll(async () => {
  world = await createWorld();
  proxy = await startDatabaseProxy(world.database.port);
  home = await world.createHome();
  await start();
  await home.pair(tree);
  ({ id: group } = await world.simulator.addGroup({ subject: "All", members: [BOT_PHONE, FRIEND_PHONE] }));
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});

const request = async (path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> => {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
  const sent = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const reply = await fetch(`${tree.url}/api/notifications${path}`, sent);
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
};

/** The log says the most when something does not happen. */
const explain = (error: unknown): never => {
  throw new Error(`${String(error)}\n${JSON.stringify([...promised.keys()].map(seenBy))}\n${tree.output()}`, {
    cause: error,
  });
};

/** Hands one in until it is taken, as whoever wants it sent has to. */
const notify = async (to: string, text: string): Promise<void> => {
  const taken = await waitFor(
    `${text} is taken`,
    async () => {
      const { status, body } = await request("", { to, text, key: text });
      return status === 202 ? body : undefined;
    },
    20_000,
  ).catch(explain);
  promised.set(to, [...(promised.get(to) ?? []), text]);
  ids.push(String(taken["id"]));
};
const notifyAll = async (stage: string): Promise<void> => {
  for (const number of [1, 2]) {
    for (const to of ["owner", FRIEND_PHONE, group]) await notify(to, `${stage} ${String(number)} for ${to}`);
  }
};

const seenBy = (to: string): string[] => {
  const { received } = to === "owner" ? world.owner : world.friend;
  return received.filter(({ text }) => text.endsWith(` for ${to}`)).map(({ text }) => text);
};
const waitUntilSeen = async (): Promise<void> => {
  for (const [to, texts] of promised) {
    await waitFor(
      `${to} sees everything`,
      () => (texts.every((text) => seenBy(to).includes(text)) ? true : undefined),
      DELIVERED_MS,
    ).catch(explain);
  }
};

const keepOut = (): void => {
  world.simulator.faults.upgrade(503);
  world.simulator.faults.drop();
};
const letIn = (): void => world.simulator.faults.upgrade("websocket");

const killBot = async (): Promise<void> => {
  const before = await tree.workerPid("bot");
  process.kill(before, "SIGKILL");
  await tree.waitForHealth("a new bot runs", ({ workers: { bot } }) => bot.state === "running" && bot.pid !== before);
};

test("what was handed in is seen once and in order, whatever is killed, wiped or away in between", async () => {
  await notifyAll("before anything");
  await waitUntilSeen();

  // Sent, and perhaps taken: nobody acknowledges it, and the bot dies.
  world.simulator.faults.withholdAcks(BOT_PHONE, true);
  await notifyAll("unacknowledged");
  await killBot();
  world.simulator.faults.withholdAcks(BOT_PHONE, false);
  await notifyAll("after the bot was killed");
  await waitUntilSeen();

  keepOut();
  await notifyAll("before the runner was killed");
  tree.signal("SIGKILL");
  await tree.exited;
  await waitFor("no orphan is left", () => (tree.survivors().length === 0 ? true : undefined), 15_000);
  letIn();
  await start();
  await waitUntilSeen();

  proxy.cut();
  keepOut();
  await notifyAll("without PostgreSQL");
  await killBot();
  letIn();
  await waitUntilSeen();
  proxy.mend();

  await tree.waitForHealth("everything is replicated", ({ databaseConnected, session }) => {
    return databaseConnected && session.replicatedPosition >= session.position;
  });
  keepOut();
  await notifyAll("before the disk was wiped");
  tree.signal("SIGTERM", "group");
  expect(await tree.exited).toMatchObject({ code: 0 });
  home.wipeDisk();
  letIn();
  await start();
  await waitUntilSeen();

  for (const [to, texts] of promised) expect(seenBy(to)).toEqual(texts);
  for (const id of ids) {
    await waitFor(
      "it is delivered",
      async () => ((await request(`/${id}`)).body["state"] === "delivered" ? true : undefined),
      10_000,
    );
  }
  expect((await tree.health()).queue).toMatchObject({ pending: 0, retrying: 0, dead: 0 });
  expect(world.simulator.ledger()).toMatchObject({ pairings: 1, retryReceipts: 0, maxConcurrentSockets: 1 });
});
