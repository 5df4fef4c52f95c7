import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connectSimulator } from "../src/index.ts";
import type { Simulator, SimulatorClient } from "../src/index.ts";
import { Bot, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";

let simulator: Simulator;
let faults: SimulatorClient["faults"];
let bot: Bot;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
  ({ faults } = connectSimulator(simulator.controlUrl));
});
afterAll(() => stop());

/** The code with which the bot's connection ends, or its next attempt. */
const ending = async (strike?: Promise<unknown>): Promise<number | undefined> => {
  const closed = bot.closed();
  if (strike === undefined) bot.connect();
  await strike;
  return (await closed).code;
};

test("the network's faults strike over HTTP", async () => {
  expect(await faults.stall(OWNER, true)).toBe(1);
  expect(await bot.ping(200)).toBe(false);
  expect(await faults.stall(OWNER, false)).toBe(1);
  await faults.latency(100, 10);
  const startedAt = performance.now();
  expect(await bot.ping(5000)).toBe(true);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195);
  await faults.latency(0);
  expect(await ending(faults.drop())).toBe(428);
  bot.options = { connectTimeoutMs: 300 };
  await faults.upgrade("silence", 1);
  expect(await ending()).toBe(408);
  await faults.upgrade(503);
  await faults.upgrade("websocket");
  bot.options = {};
  await bot.reopen();
});

test("sessions are ended over HTTP", async () => {
  expect(await ending(faults.streamError(OWNER, { code: 503 }))).toBe(503);
  await bot.reopen();
  expect(await ending(faults.streamError(OWNER, { condition: "conflict", type: "replaced" }))).toBe(440);
  await bot.reopen();
  expect(await ending(faults.streamEnd(OWNER))).toBe(428);
  await bot.reopen();
  expect(await ending(faults.occupied(OWNER, true))).toBe(440);
  expect(await ending()).toBe(440);
  expect(await faults.occupied(OWNER, false)).toBe(1);
  await bot.reopen();
});

test("logins are refused and answers withheld over HTTP", async () => {
  await faults.refuseLogin(OWNER, { reason: 402, code: 101, expireSeconds: 60 }, 1);
  expect(await ending(faults.drop(OWNER))).toBe(428);
  const closed = bot.closed();
  bot.connect();
  expect(await closed).toMatchObject({ code: 402, data: { code: "101", expire: "60" } });
  await faults.refuseLogin(OWNER, { reason: 503 });
  expect(await ending()).toBe(503);
  await faults.refuseLogin(OWNER, undefined);
  await bot.reopen();
  expect(await faults.withholdAnswers(OWNER, true)).toBe(1);
  expect(await bot.ping(200)).toBe(false);
  expect(await faults.withholdAnswers(OWNER, false)).toBe(1);
  expect(await faults.withholdAcks(OWNER, true)).toBe(1);
  expect(await faults.withholdAcks(OWNER, false)).toBe(1);
  expect(await faults.refuseQueries(OWNER, 503)).toBe(1);
  expect(await bot.ping(5000)).toBe(false);
  expect(await faults.refuseQueries(OWNER, undefined)).toBe(1);
  expect(await bot.ping(5000)).toBe(true);
});

test("messages and receipts are lost, doubled, damaged and refused over HTTP, as often as was said", async () => {
  const ada = await simulator.addPerson({ phone: "4915550002" });
  const odds = { times: 1, skip: 0, chance: 1, seed: 3 };
  expect(await faults.refuseMessages(OWNER, 463, { to: ada.phone, ...odds })).toBe(1);
  const refused = simulator.waitFor(({ type }) => type === "message.rejected", 5000);
  await bot.send(ada.jid, "hello");
  expect(await refused).toMatchObject({ error: 463, chat: ada.jid });
  expect(await faults.resetWhileSending(OWNER, "message", true, odds)).toBe(1);
  expect(await ending(bot.send(ada.jid, "hello"))).toBe(428);
  await bot.reopen();
  expect(await faults.withholdAcks(OWNER, true, odds)).toBe(1);
  expect(await faults.damage(OWNER, "from-client", true, odds)).toBe(1);
  expect(await faults.loseReceipts(OWNER, "people", true, odds)).toBe(1);
  const struck = new Set<string>();
  const stopListening = simulator.on("fault.struck", ({ fault }) => void struck.add(fault));
  const lost = simulator.waitFor((event) => event.type === "fault.struck" && event.fault.startsWith("receipt"), 5000);
  await bot.send(ada.jid, "hello");
  await lost;
  stopListening();
  expect([...struck]).toEqual(["ack-withheld", "damage-from-client", "receipt-lost-people"]);
  for (const moment of ["at-once", "after-receipt"] as const) {
    expect(await faults.duplicate(OWNER, moment, true)).toBe(1);
    expect(await faults.duplicate(OWNER, moment, false)).toBe(1);
  }
});

test("pairings end over HTTP", async () => {
  const newcomer = new Bot(simulator);
  newcomer.options = { qrTimeout: 60 };
  await faults.qrRefs(1);
  const exhausted = newcomer.closed();
  newcomer.connect();
  expect(await exhausted).toMatchObject({ code: 408 });
  await faults.qrRefs(6);
  newcomer.options = {};
  const shown = newcomer.qr();
  const expired = newcomer.closed();
  newcomer.connect();
  await shown;
  expect(await faults.expirePairings()).toBe(1);
  expect(await expired).toMatchObject({ code: 428 });
  await faults.refuseLogin(undefined, { reason: 405 }, 1);
  const refused = newcomer.closed();
  newcomer.connect();
  expect(await refused).toMatchObject({ code: 405 });
});

test("every fault has a path that GET / lists", async () => {
  const { paths } = await connectSimulator(simulator.controlUrl).describe();
  const names = Object.keys(simulator.faults).map((name) =>
    name.replaceAll(/[A-Z]/g, (big) => `-${big.toLowerCase()}`),
  );
  expect(names.filter((name) => paths[`POST /faults/${name}`] === undefined)).toEqual([]);
});

test.each([
  ["stall", { phone: OWNER }, 'The field "stalled" is not accepted'],
  ["latency", { ms: -1 }, 'The field "ms" is not accepted'],
  ["upgrade", { answer: "maybe" }, 'The field "answer" is not accepted'],
  ["upgrade", { answer: 101 }, 'The field "answer" is not accepted'],
  ["stream-error", { phone: OWNER, condition: "<x>" }, 'The field "condition" is not accepted'],
  ["refuse-login", { phone: OWNER, refusal: { reason: 3 } }, 'The field "refusal.reason" is not accepted'],
  ["damage", { phone: OWNER, direction: "sideways", damaged: true }, 'The field "direction" is not accepted'],
  [
    "duplicate",
    { phone: OWNER, moment: "at-once", duplicated: true, odds: { chance: 2 } },
    'The field "odds.chance" is',
  ],
  ["qr-refs", { count: 1.5 }, 'The field "count" is not accepted'],
])("POST /faults/%s with %j is refused in plain words", async (fault, body, message) => {
  const response = await fetch(`${simulator.controlUrl}/faults/${fault}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(400);
  expect(((await response.json()) as { message: string }).message).toContain(message);
});
