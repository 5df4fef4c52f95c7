import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Simulator } from "../src/index.ts";
import { Bot, pairByQr, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";
const OTHER = "4915550009";
const ADA = "4915550002";
const DEADLINE_MS = 10_000;

let simulator: Simulator;
let bot: Bot;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
});
afterEach(() => stop());

test.each([
  ["a cut connection", 428, () => simulator.faults.drop(OWNER)],
  ["a demanded restart", 515, () => simulator.faults.restartRequired(OWNER)],
  ["a replaced session", 440, () => simulator.faults.replaced(OWNER)],
  ["a removed device", 401, () => simulator.faults.deviceRemoved(OWNER)],
] as const)("%s reaches the client as %d", async (_name, code, strike) => {
  const closed = bot.closed();
  expect(strike()).toBe(1);
  expect(await closed).toMatchObject({ code });
});

test("after a cut the bot logs in again and goes on", async () => {
  const closed = bot.closed();
  simulator.faults.drop();
  await closed;
  await bot.reopen();
  bot.answer = (text) => `echo ${text}`;
  const ada = await simulator.addPerson({ phone: ADA });
  expect((await ada.ask(OWNER, "hello", DEADLINE_MS)).text).toBe("echo hello");
});

test("a removed device is refused with 401 from then on", async () => {
  const closed = bot.closed();
  simulator.faults.deviceRemoved(OWNER);
  await closed;
  const refused = bot.closed();
  bot.connect();
  expect(await refused).toMatchObject({ code: 401, message: "Connection Failure" });
  expect(simulator.ledger()).toMatchObject({ rejectedLogins: 1, logins: 1 });
});

test("a closed port is refused with 408, and opens again under the same number", async () => {
  const { url } = simulator;
  const closed = bot.closed();
  const refusing = simulator.faults.refuse(1500);
  await closed;
  const refused = bot.closed();
  bot.connect();
  expect(await refused).toMatchObject({ code: 408 });
  await refusing;
  expect(simulator.url).toBe(url);
  await bot.reopen();
});

test("a second login of the same device replaces the first, and both were counted", async () => {
  const closed = bot.closed();
  const twin = new Bot(simulator);
  Object.assign(twin.auth.state, bot.auth.state);
  const opened = twin.opened();
  twin.connect();
  expect(await closed).toMatchObject({ code: 440 });
  await opened;
  expect(simulator.ledger().maxConcurrentSockets).toBe(2);
  await twin.stop();
});

test("what a replaced session still writes is heard by nobody, and told", async () => {
  const twin = new Bot(simulator);
  Object.assign(twin.auth.state, bot.auth.state);
  const outdated = simulator.waitFor(({ type }) => type === "stanza.outdated", DEADLINE_MS);
  const closed = bot.closed();
  simulator.on("device.replaced", () => void bot.socket?.sendNode({ tag: "presence", attrs: { type: "available" } }));
  twin.connect();
  expect(await outdated).toMatchObject({ phone: OWNER, what: "presence" });
  await closed;
  await twin.stop();
});

test("withheld acknowledgements leave a message that arrived without an answer, until they are given again", async () => {
  const ada = await simulator.addPerson({ phone: ADA });
  bot.answer = (text) => `echo ${text}`;
  const acknowledged: (string | undefined)[] = [];
  bot.socket?.ws.on("CB:ack,class:message", ({ attrs }: { attrs: Record<string, string> }) => {
    acknowledged.push(attrs["id"]);
  });
  expect(simulator.faults.withholdAcks(OWNER, true)).toBe(1);
  const first = await ada.ask(OWNER, "hello", DEADLINE_MS);
  expect(simulator.faults.withholdAcks(OWNER, false)).toBe(1);
  const second = await ada.ask(OWNER, "again", DEADLINE_MS);
  await bot.status(second.id, 2);
  expect([acknowledged.includes(first.id), acknowledged.includes(second.id)]).toEqual([false, true]);
});

test("two bots of two accounts live side by side, and write to each other", async () => {
  const other = await pairByQr(simulator, OTHER, new Bot(simulator));
  other.answer = (text) => (text.startsWith("echo") ? undefined : `echo ${text}`);
  const id = await bot.send(`${OTHER}@s.whatsapp.net`, "from bot to bot");
  await bot.sees(({ text }) => text === "echo from bot to bot");
  await bot.status(id, 3);
  const ada = await simulator.addPerson({ phone: ADA });
  expect((await ada.ask(OTHER, "hello", DEADLINE_MS)).text).toBe("echo hello");
  expect(simulator.ledger()).toMatchObject({ unhandled: {}, retryReceipts: 0, maxConcurrentSockets: 1, pairings: 2 });
  await other.stop();
});

test("a bot that logs out is unlinked", async () => {
  const removed = simulator.waitFor(({ type }) => type === "device.removed", DEADLINE_MS);
  await bot.socket?.logout();
  await removed;
  expect(simulator.accounts[0]?.devices).toEqual([]);
});
