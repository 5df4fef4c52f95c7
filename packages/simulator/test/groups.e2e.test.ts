import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Simulator } from "../src/index.ts";
import { type Bot, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";
const ADA = "4915550002";
const BEN = "4915550003";
const DEADLINE_MS = 10_000;

let simulator: Simulator;
let bot: Bot;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
});
afterEach(() => stop());

describe.each(["pn", "lid"] as const)("a group addressed by %s", (addressing) => {
  test("carries messages between the bot and all members with sender keys", async () => {
    const ada = await simulator.addPerson({ phone: ADA });
    const ben = await simulator.addPerson({ phone: BEN });
    const group = await simulator.addGroup({ subject: "Trio", members: [ADA, BEN, OWNER], addressing });
    bot.answer = (text) => `echo ${text}`;
    for (const text of ["one", "two"]) {
      const answer = await ada.ask(group.id, text, DEADLINE_MS);
      expect(answer).toMatchObject({ text: `echo ${text}`, chat: group.id, from: `${OWNER}@s.whatsapp.net`, count: 1 });
      await ben.waitForMessage((message) => message.text === `echo ${text}`, DEADLINE_MS);
    }
    expect((await ben.ask(group.id, "three", DEADLINE_MS)).text).toBe("echo three");
    expect(ben.received.map(({ text }) => text)).toEqual(["one", "echo one", "two", "echo two", "echo three"]);
    expect(simulator.ledger()).toMatchObject({ unhandled: {}, retryReceipts: 0 });
  });
});

test("who asks in a group gets the bot's answer, whatever other people say meanwhile", async () => {
  const people = await Promise.all([ADA, BEN].map(async (phone) => simulator.addPerson({ phone })));
  const group = await simulator.addGroup({ subject: "Busy", members: [ADA, BEN, OWNER] });
  bot.answer = (text) => `echo ${text}`;
  const answers = await Promise.all(people.map(async (person) => person.ask(group.id, person.phone, DEADLINE_MS)));
  expect(answers.map(({ text }) => text)).toEqual([`echo ${ADA}`, `echo ${BEN}`]);
});

test("a group lists its metadata, and refuses strangers", async () => {
  await simulator.addPerson({ phone: ADA });
  await simulator.addPerson({ phone: BEN });
  const mine = await simulator.addGroup({ subject: "Ours", members: [ADA, OWNER], addressing: "pn" });
  const theirs = await simulator.addGroup({ subject: "Theirs", members: [ADA, BEN] });
  const metadata = await bot.socket?.groupMetadata(mine.id);
  expect(metadata).toMatchObject({ subject: "Ours", size: 2 });
  expect(Object.keys((await bot.socket?.groupFetchAllParticipating()) ?? {})).toEqual([mine.id]);
  await expect(bot.socket?.groupMetadata(theirs.id)).rejects.toThrow("forbidden");
});
