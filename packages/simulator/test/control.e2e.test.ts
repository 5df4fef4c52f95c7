import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { connectSimulator, startSimulator } from "../src/index.ts";
import type { Simulator, SimulatorClient } from "../src/index.ts";
import { Bot } from "./support/bot.ts";

const OWNER = "4915550001";
const ADA = "4915550002";
const DEADLINE_MS = 10_000;

let simulator: Simulator;
let client: SimulatorClient;
let bot: Bot;

beforeEach(async () => {
  simulator = await startSimulator({ prekeyCount: 1 });
  client = connectSimulator(simulator.controlUrl);
  bot = new Bot(simulator);
});

afterEach(async () => {
  await bot.stop();
  await simulator.stop();
});

test("everything can be done over HTTP", async () => {
  expect(await client.describe()).toMatchObject({ url: simulator.url, rootKey: simulator.rootKey });
  const account = await client.addAccount({ phone: OWNER, name: "Ada" });
  const ada = await client.addPerson({ phone: ADA, addressing: "lid" });
  bot.answer = (text) => `echo ${text}`;
  bot.connect();
  const closed = bot.closed();
  await account.scanQr(await bot.qr());
  await closed;
  await bot.reopen();
  const seen = ada.waitForMessage(/echo two/, DEADLINE_MS);
  expect(await ada.ask(OWNER, "one", DEADLINE_MS)).toMatchObject({ text: "echo one" });
  await ada.say(OWNER, "two");
  const last = await seen;
  expect(await ada.messages(last.at - 1)).toEqual([last]);
  const group = await client.addGroup({ subject: "Both", members: [ADA, OWNER] });
  expect((await ada.ask(group.id, "hello", DEADLINE_MS)).chat).toBe(group.id);
  // The receipt for the last question may still be under way.
  expect(await client.state()).toMatchObject({
    accounts: [{ phone: OWNER, online: true, devices: [{ online: true, queued: expect.any(Number) }] }],
    people: [{ phone: ADA, received: 3 }],
    groups: [group],
  });
  expect(await client.ledger()).toEqual(simulator.ledger());
});

test("events are streamed, and faults strike", async () => {
  const account = await client.addAccount({ phone: OWNER });
  bot.connect();
  const closed = bot.closed();
  await account.scanQr(await bot.qr());
  await closed;
  const events = await client.events();
  await bot.reopen();
  const types = [];
  for await (const event of events) {
    // The closing of the pairing connection may still be under way.
    if (event.type !== "socket.closed") types.push(event.type);
    if (event.type === "device.activated") break;
  }
  expect(types).toEqual(["socket.opened", "login.succeeded", "device.activated"]);
  for (const [strike, code] of [
    [client.faults.drop, 428],
    [client.faults.restartRequired, 515],
    [client.faults.replaced, 440],
    [client.faults.deviceRemoved, 401],
  ] as const) {
    const ended = bot.closed();
    expect(await strike(OWNER)).toBe(1);
    expect(await ended).toMatchObject({ code });
    if (code === 401) break;
    const again = bot.opened();
    bot.connect();
    await again;
  }
});

test.each([
  ["/people", { phone: "abc" }, 400, 'The field "phone" is not a phone number.'],
  ["/people", {}, 400, 'The field "phone" is not accepted'],
  ["/people", { phone: ADA, addressing: "x" }, 400, 'The field "addressing" is not accepted'],
  ["/groups", { subject: "x", members: [] }, 400, 'The field "members" is not accepted'],
  ["/faults/refuse", { ms: -1 }, 400, 'The field "ms" is not accepted'],
  ["/people/4915550099/say", { to: OWNER, text: "x" }, 404, "There is no person with the number 4915550099."],
  ["/nowhere", {}, 404, "There is no POST /nowhere here."],
])("POST %s with %j is refused in plain words", async (path, body, status, message) => {
  const response = await fetch(`${simulator.controlUrl}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(status);
  const answer = (await response.json()) as { message: string };
  expect(answer.message).toContain(message);
});

test("a simulator that is not there is named", async () => {
  await expect(connectSimulator("http://127.0.0.1:1").state()).rejects.toMatchObject({ code: "simulator.unreachable" });
});
