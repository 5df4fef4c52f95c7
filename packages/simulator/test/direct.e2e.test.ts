import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
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
  bot.answer = (text) => `echo ${text}`;
});
afterEach(() => stop());

describe.each(["pn", "lid"] as const)("a chat addressed by %s", (addressing) => {
  test("goes both ways, again and again, and each message is seen once", async () => {
    const person = await simulator.addPerson({ phone: ADA, addressing });
    for (const text of ["one", "two", "three"]) {
      const answer = await person.ask(OWNER, text, DEADLINE_MS);
      expect(answer).toMatchObject({ text: `echo ${text}`, count: 1, from: `${OWNER}@s.whatsapp.net` });
    }
    const theirs = bot.shown.filter(({ message, text }) => message.key.fromMe !== true && text !== "");
    expect(theirs.map(({ type }) => type)).toEqual(["notify", "notify", "notify"]);
    const { messages, unhandled } = simulator.ledger();
    expect(unhandled).toEqual({});
    expect(messages).toHaveLength(6);
    for (const entry of messages) {
      if (entry.direction === "to-client")
        expect(entry).toMatchObject({ delivered: 1, acknowledged: true, retried: 0 });
      else expect(entry).toMatchObject({ sent: 1, retried: 0, seenBy: { [ADA]: { raw: 1, deduplicated: 1 } } });
    }
  });

  test("is begun by the bot as well, which learns that its message arrived and was read", async () => {
    const person = await simulator.addPerson({ phone: ADA, addressing, reads: true });
    const id = await bot.send(addressing === "lid" ? person.lid : person.jid, "good morning");
    await person.waitForMessage(/good morning/, DEADLINE_MS);
    await bot.status(id, 4);
    const owner = simulator.accounts[0];
    expect(await owner?.waitForMessage(/good morning/, DEADLINE_MS)).toMatchObject({ chat: person.jid, count: 1 });
  });
});

test("the owner's own phone writes: the bot gets its copy as his own message, the person the message", async () => {
  const account = await simulator.addAccount({ phone: OWNER });
  const person = await simulator.addPerson({ phone: ADA });
  await account.send(ADA, "from my phone");
  const { message } = await bot.sees(({ text }) => text === "from my phone");
  expect(message.key).toMatchObject({ fromMe: true, remoteJid: person.jid });
  expect(person.received).toMatchObject([{ text: "from my phone", from: account.jid }]);
});

test("the bot writes to its owner, who reads it in the chat with himself", async () => {
  const account = await simulator.addAccount({ phone: OWNER });
  await bot.send(account.jid, "notice");
  expect(await account.waitForMessage(/notice/, DEADLINE_MS)).toMatchObject({ chat: account.jid });
});

test("an unknown query is answered at once with 501 and counted", async () => {
  const query = bot.socket?.query({ tag: "iq", attrs: { to: "@s.whatsapp.net", type: "get", xmlns: "w:nonsense" } });
  await expect(query).rejects.toThrow("feature-not-implemented");
  expect(simulator.ledger().unhandled).toEqual({ "iq w:nonsense": 1 });
});

test("a message to nobody is refused, and a call for an account without a bot says so", async () => {
  await simulator.addAccount({ phone: "4915550077" });
  const person = await simulator.addPerson({ phone: ADA });
  await expect(person.say("4915550077", "hello")).rejects.toMatchObject({ code: "simulator.not-linked" });
  await expect(person.say("4915550099", "hello")).rejects.toMatchObject({ code: "simulator.unknown" });
});
