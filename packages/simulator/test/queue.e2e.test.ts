import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Simulator } from "../src/index.ts";
import { type Bot, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";
const ADA = "4915550002";
const DEADLINE_MS = 10_000;

let simulator: Simulator;
let bot: Bot;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
});
afterEach(() => stop());

/** Waits until a message of this id was acknowledged by the bot. */
const acknowledged = async (id: string): Promise<void> => {
  if (simulator.ledger().messages.some((entry) => entry.id === id && entry.acknowledged)) return;
  await simulator.waitFor((event) => event.type === "receipt.received" && event.id === id, DEADLINE_MS);
};

test("what is said while the bot is away waits for it, and comes as append in its order", async () => {
  const ada = await simulator.addPerson({ phone: ADA });
  const before = await ada.say(OWNER, "before");
  await bot.sees(({ text }) => text === "before");
  await acknowledged(before.id);
  await bot.stop();
  const ids = [];
  for (const text of ["one", "two", "three"]) ids.push((await ada.say(OWNER, text)).id);
  expect(simulator.accounts[0]?.devices[0]).toMatchObject({ online: false, queued: 3 });
  await bot.reopen();
  await bot.sees(({ text }) => text === "three");
  for (const id of ids) await acknowledged(id);
  const waited = bot.shown.filter(({ type, text, message }) => type === "append" && text !== "" && !message.key.fromMe);
  expect(waited.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  expect(simulator.accounts[0]?.devices[0]).toMatchObject({ online: true, queued: 0 });
  for (const entry of simulator.ledger().messages) expect(entry).toMatchObject({ delivered: 1, acknowledged: true });
});

test("a bot that lost its session asks again, and the person encrypts the same message anew", async () => {
  const ada = await simulator.addPerson({ phone: ADA });
  bot.answer = (text) => `echo ${text}`;
  await ada.ask(OWNER, "one", DEADLINE_MS);
  for (const key of bot.auth.keys.keys()) {
    if (key.startsWith("session/")) bot.auth.keys.delete(key);
  }
  const answer = await ada.ask(OWNER, "two", DEADLINE_MS);
  expect(answer.text).toBe("echo two");
  const ledger = simulator.ledger();
  expect(ledger.retryReceipts).toBe(1);
  const entry = ledger.messages.find(({ text }) => text === "two");
  expect(entry).toMatchObject({ sent: 1, delivered: 2, retried: 1, acknowledged: true, nacks: { 500: 1 } });
  expect(bot.shown.filter(({ text }) => text === "two")).toHaveLength(1);
});

test("a person who lost his sessions asks again, and the bot sends the same message anew", async () => {
  const ada = await simulator.addPerson({ phone: ADA });
  bot.answer = (text) => `echo ${text}`;
  await ada.ask(OWNER, "one", DEADLINE_MS);
  ada.forgetSessions();
  const id = await bot.send(ada.jid, "news");
  const message = await ada.waitForMessage(/news/, DEADLINE_MS);
  expect(message).toMatchObject({ id, count: 1 });
  const entry = simulator.ledger().messages.find((candidate) => candidate.id === id);
  expect(entry).toMatchObject({ sent: 2, retried: 1, seenBy: { [ADA]: { raw: 1, deduplicated: 1 } } });
  expect((await ada.ask(OWNER, "two", DEADLINE_MS)).text).toBe("echo two");
});

test("one-time pre-keys are consumed, and the bot uploads more when they run low", async () => {
  for (let index = 0; index < 8; index++) {
    const person = await simulator.addPerson({ phone: `49155501${index}0` });
    const { id } = await person.say(OWNER, `hello ${index}`);
    await acknowledged(id);
  }
  expect(bot.auth.state.creds.nextPreKeyId).toBeGreaterThan(6);
  expect(simulator.ledger().retryReceipts).toBe(0);
});
