import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADMIN_TOKEN, BOT_PHONE, createWorld, waitFor, type Home, type Tree, type World } from "@blacksky/harness";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const ANSWER_MS = 30_000;

let world: World;
let webhook: Server;
let webhookUrl: string;
const alerts: { kind: string; text: string; bot: string }[] = [];

beforeAll(async () => {
  world = await createWorld();
  webhook = createServer((request, reply) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      alerts.push(JSON.parse(text) as (typeof alerts)[number]);
      reply.writeHead(204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(webhook, "listening");
  webhookUrl = `http://127.0.0.1:${String((webhook.address() as AddressInfo).port)}/secret-hook`;
});
afterAll(async () => {
  await world.close();
  webhook.closeAllConnections();
  webhook.close();
});

const say = async (text: string): Promise<string> => (await world.owner.ask(BOT_PHONE, text, ANSWER_MS)).text;

const COOKIE = { cookie: `blacksky_token=${ADMIN_TOKEN}` };
const look = async (tree: Tree): Promise<string> => (await fetch(`${tree.url}/pair`, { headers: COOKIE })).text();
const press = async (tree: Tree): Promise<number> => {
  const form = { method: "POST", headers: COOKIE, body: new URLSearchParams(), redirect: "manual" } as const;
  return (await fetch(`${tree.url}/pair/reconnect`, form)).status;
};

const waitForAlert = (kind: string) =>
  waitFor(`the alert ${kind}`, () => alerts.find((alert) => alert.kind === kind), ANSWER_MS);
const waitForState = (tree: Tree, state: string) =>
  tree.waitForHealth(`the connection is ${state}`, ({ connection }) => connection.state === state);

const startPaired = async (): Promise<{ home: Home; tree: Tree }> => {
  const home = await world.createHome();
  const tree = await home.startPaired({ env: { ALERT_WEBHOOK_URL: webhookUrl } });
  return { home, tree };
};

describe("a bot that needs a person", () => {
  test("alerts outside of WhatsApp when it is unlinked, says why on its page, and pairs again at a press", async () => {
    const { home, tree } = await startPaired();
    expect(await look(tree)).toContain("connected to WhatsApp");
    world.simulator.faults.deviceRemoved(BOT_PHONE);
    await waitForState(tree, "logged-out");
    expect(await waitForAlert("logged-out")).toMatchObject({
      bot: "BLACKSKY-MD",
      text: expect.stringContaining("unlinked"),
    });
    const page = await look(tree);
    expect(page).toContain("unlinked from the phone");
    expect(page).toContain("<button>Link a phone</button>");
    expect(await press(tree)).toBe(303);
    await home.pair(tree);
    expect(await say(".ping")).toMatch(/pong/i);
    expect(tree.output()).not.toContain("secret-hook");
    await tree.stop();
    expect(await tree.exited).toEqual({ code: 0, signal: null });
  });

  test("goes on by a restart over HTTP after another program took its session", async () => {
    const { tree } = await startPaired();
    world.simulator.faults.replaced(BOT_PHONE);
    await waitForState(tree, "replaced");
    // One try is due by itself, in half a minute; a person needs not wait for it.
    expect((await tree.act("reconnect")).status).toBe(202);
    await tree.waitUntilOpen();
    const before = await tree.workerPid("bot");
    world.simulator.faults.replaced(BOT_PHONE);
    await waitForState(tree, "replaced");
    expect((await tree.act("restart")).body).toEqual({ restarting: "bot" });
    await tree.waitUntilOpen();
    expect(await tree.workerPid("bot")).not.toBe(before);
    world.simulator.faults.replaced(BOT_PHONE);
    await waitForState(tree, "replaced");
    // The second take-over within ten minutes is final, for fresh processes too, unless a person says otherwise.
    expect((await tree.act("restart", { scope: "all" })).body).toEqual({ restarting: "all" });
    await tree.waitUntilOpen();
    expect(await say(".ping")).toMatch(/pong/i);
    await tree.stop();
  });
});

describe("a fresh connection in the chat", () => {
  test("is announced before and after, and costs no process", async () => {
    const { tree } = await startPaired();
    const before = await tree.health();
    const { id } = await world.owner.say(BOT_PHONE, ".reconnect");
    const told = async (text: RegExp) =>
      world.owner.waitForMessage((seen) => seen.quotedId === id && text.test(seen.text), ANSWER_MS);
    await told(/^Reconnecting/);
    await told(/^I am connected again, after \d+\.\d s\.$/);
    const after = await tree.waitUntilOpen();
    expect(after.workers.bot.pid).toBe(before.workers.bot.pid);
    expect(Date.parse(after.connection.since)).toBeGreaterThan(Date.parse(before.connection.since));
    expect(world.simulator.ledger().maxConcurrentSockets).toBe(1);
    await tree.stop();
  });
});
