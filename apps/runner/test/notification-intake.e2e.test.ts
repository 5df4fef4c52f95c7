import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ADMIN_TOKEN, BOT_PHONE, createWorld, FRIEND_PHONE, waitFor, type Tree, type World } from "@blacksky/harness";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ARRIVAL_MS = 30_000;

let world: World;
let otherDataDir: string;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  otherDataDir = mkdtempSync(join(tmpdir(), "blacksky-standby-"));
});
afterEach(() => rmSync(otherDataDir, { recursive: true, force: true }));

interface Accepted {
  readonly id: string;
  readonly state: string;
  readonly duplicate?: true;
}

const AUTHORISED = { authorization: `Bearer ${ADMIN_TOKEN}` };

const notify = async (tree: Tree, body: object): Promise<{ status: number; body: Accepted }> => {
  const headers = { ...AUTHORISED, "content-type": "application/json" };
  const reply = await fetch(`${tree.url}/api/notifications`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: reply.status, body: (await reply.json()) as Accepted };
};

/** Hands it in, again and again where nobody can take it now, as whoever sends something of weight does. */
const notifySurely = (tree: Tree, text: string): Promise<Accepted> =>
  waitFor(
    `${text} is accepted`,
    async () => {
      const { status, body } = await notify(tree, { to: FRIEND_PHONE, text, key: text });
      if (status !== 202 && status !== 503)
        throw new Error(`It was answered ${String(status)}: ${JSON.stringify(body)}`);
      return status === 202 ? body : undefined;
    },
    ARRIVAL_MS,
  );

const stateOf = async (tree: Tree, id: string): Promise<string> => {
  const reply = await fetch(`${tree.url}/api/notifications/${id}`, { headers: AUTHORISED });
  return reply.status === 200 ? ((await reply.json()) as Accepted).state : String(reply.status);
};

const untilDelivered = (tree: Tree, id: string): Promise<true> =>
  waitFor("it is delivered", async () => ((await stateOf(tree, id)) === "delivered" ? true : undefined), ARRIVAL_MS);

/** The friend's texts that begin so, in the order in which they were seen. */
const seen = (beginning: string): string[] =>
  world.friend.received.map(({ text }) => text).filter((text) => text.startsWith(beginning));

const untilSeen = (text: string) => world.friend.waitForMessage((message) => message.text === text, ARRIVAL_MS);

/** How often the server took messages with this text: a message that is sent twice is one too many, also where nobody sees it. */
const timesSent = (text: string): number =>
  world.simulator
    .ledger()
    .messages.filter((message) => message.text === text)
    .reduce((sum, { sent }) => sum + sent, 0);

/** What is still under way by then would come before the answer. */
const expectNothingMore = async (texts: readonly string[], beginning: string): Promise<void> => {
  expect((await world.friend.ask(BOT_PHONE, ".ping", ARRIVAL_MS)).text).toMatch(/pong/i);
  expect(seen(beginning)).toEqual(texts);
};

describe("a notification", () => {
  test("is sent once, whatever its key is handed in again for, and tells where it is", async () => {
    const tree = await (await world.createHome()).startPaired();
    const first = await notify(tree, { to: FRIEND_PHONE, text: "alone 1", key: "alone" });
    expect(first).toMatchObject({ status: 202, body: { id: expect.stringMatching(/^ntf_/) } });
    const again = await notify(tree, { to: FRIEND_PHONE, text: "alone 1", key: "alone" });
    expect(again).toMatchObject({ status: 202, body: { id: first.body.id, duplicate: true } });
    await untilSeen("alone 1");
    await untilDelivered(tree, first.body.id);
    expect((await notify(tree, { to: FRIEND_PHONE, text: "alone 2", key: "alone" })).body).toMatchObject({
      id: first.body.id,
      duplicate: true,
    });
    expect(await stateOf(tree, "ntf_000000000000000000000000")).toBe("404");
    await expectNothingMore(["alone 1"], "alone");
    expect(timesSent("alone 1")).toBe(1);
    await tree.stop();
  });

  test("that comes while the bot is restarted is sent once, and those after it stay behind it", async () => {
    const tree = await (await world.createHome()).startPaired();
    const texts = Array.from({ length: 12 }, (_, index) => `restart ${String(index).padStart(2, "0")}`);
    let last = "";
    for (const [index, text] of texts.entries()) {
      if (index === 3 || index === 8) process.kill(await tree.workerPid("bot"), "SIGKILL");
      ({ id: last } = await notifySurely(tree, text));
    }
    await untilDelivered(tree, last);
    await expectNothingMore(texts, "restart");
    await tree.stop();
  });
});

describe("with an instance that stands by", () => {
  test("a notification that it accepts is sent once by the one that has the session", async () => {
    const home = await world.createHome();
    const holder = await home.startPaired();
    const standby = await home.start({ dataDir: otherDataDir });
    await standby.waitForHealth("it stands by", ({ session }) => session.position > 0);

    const left = await notifySurely(standby, "standby 1");
    await untilSeen("standby 1");
    await untilDelivered(holder, left.id);
    // Taken over: there it is not known any more, and is not denied either.
    expect(await stateOf(standby, left.id)).toBe("503");
    expect(await notify(holder, { to: FRIEND_PHONE, text: "standby 1", key: "standby 1" })).toMatchObject({
      status: 202,
      body: { id: left.id, state: "delivered", duplicate: true },
    });
    expect((await notifySurely(standby, "standby 1")).id).toBe(left.id);
    await waitFor(
      "that is taken over as well",
      async () => ((await stateOf(standby, left.id)) === "503" ? true : undefined),
      ARRIVAL_MS,
    );
    await expectNothingMore(["standby 1"], "standby");
    expect(timesSent("standby 1")).toBe(1);
    await standby.stop();
    await holder.stop();
  });

  test("a notification outlives the machine that had the session, and the one that took it over is asked for it", async () => {
    const home = await world.createHome();
    const holder = await home.startPaired();
    const standby = await home.start({ dataDir: otherDataDir });
    await standby.waitForHealth("it stands by", ({ session }) => session.position > 0);
    // In the middle of taking one over, and with another one that nobody has taken yet.
    const accepted = [await notifySurely(standby, "vanished 1")];
    holder.signal("SIGKILL", "group");
    accepted.push(await notifySurely(standby, "vanished 2"));
    await home.expireLease();
    await standby.waitUntilOpen();
    for (const { id } of accepted) await untilDelivered(standby, id);
    await expectNothingMore(["vanished 1", "vanished 2"], "vanished");
    await standby.stop();
  });

  test("what comes while one ends is left for the next", async () => {
    const home = await world.createHome();
    const holder = await home.startPaired();
    const standby = await home.start({ dataDir: otherDataDir });
    await standby.waitForHealth("it stands by", ({ session }) => session.position > 0);
    holder.signal("SIGTERM", "group");
    const answers: string[] = [];
    for (let index = 0; ; index += 1) {
      const text = `ending ${String(index).padStart(3, "0")}`;
      // Until nobody listens there any more.
      const reply = await notify(holder, { to: FRIEND_PHONE, text, key: text }).catch(() => undefined);
      if (reply === undefined) break;
      if (reply.status === 202) answers.push(text);
      else expect(reply.status).toBe(503);
    }
    expect((await holder.exited).code).toBe(0);
    await standby.waitUntilOpen();
    for (const text of answers) await untilDelivered(standby, (await notifySurely(standby, text)).id);
    expect(answers.length).toBeGreaterThan(0);
    // One whose answer was lost with the connection may have been accepted.
    expect(seen("ending").slice(0, answers.length)).toEqual(answers);
    expect(new Set(seen("ending")).size).toBe(seen("ending").length);
    await standby.stop();
  });
});
