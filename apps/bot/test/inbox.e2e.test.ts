import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  startSimulator,
  type Account,
  type Group,
  type Person,
  type Simulator,
  type SimulatorEvent,
} from "@blacksky/simulator";
import type { BotProcess } from "./support/bot-process.ts";
import { createHome, type Home } from "./support/home.ts";

const BOT_PHONE = "4915550000001";
const ANSWER_MS = 20_000;

let simulator: Simulator;
let account: Account;
let friend: Person;
let other: Person;
let group: Group;
let home: Home;
let bot: BotProcess;

beforeAll(async () => {
  simulator = await startSimulator({ prekeyCount: 1 });
  account = await simulator.addAccount({ phone: BOT_PHONE });
  friend = await simulator.addPerson({ phone: "4915550000003", addressing: "pn" });
  other = await simulator.addPerson({ phone: "4915550000004", addressing: "lid" });
  group = await simulator.addGroup({ subject: "Test", members: [BOT_PHONE, friend.phone, other.phone] });
  home = await createHome(simulator);
  bot = await home.startPaired(account);
  await friend.ask(BOT_PHONE, ".ping", ANSWER_MS);
  await friend.ask(group.id, ".ping", ANSWER_MS);
});
afterAll(async () => {
  await home.close();
  await simulator.stop();
});

/** Kill -9 in the very turn in which the simulator sees this; resolves when the bot is dead. */
const killWhen = async (isNow: (event: SimulatorEvent) => boolean): Promise<void> => {
  const victim = bot;
  await simulator.waitFor((event) => {
    const isIt = isNow(event);
    if (isIt) victim.child.kill("SIGKILL");
    return isIt;
  }, ANSWER_MS);
  await victim.exited;
};

const answersTo = (person: Person, id: string): { count: number; text: string }[] =>
  person.received.filter(({ quotedId }) => quotedId === id);

/** The question as the server saw it. */
const entryOf = (id: string) => simulator.ledger().messages.find((message) => message.id === id);

describe("a question that was acknowledged when the bot was killed", () => {
  const chats: [string, () => Person, () => string][] = [
    ["under a phone number", () => friend, () => BOT_PHONE],
    ["under a LID", () => other, () => BOT_PHONE],
    ["in a group", () => friend, () => group.id],
  ];
  test.each(chats)("is answered by the next process, once: %s", async (_where, person, chat) => {
    const killed = killWhen((event) => event.type === "receipt.received" && event.kind !== "retry");
    const { id } = await person().say(chat(), ".ping");
    await killed;
    expect(entryOf(id)).toMatchObject({ acknowledged: true });
    bot = home.start();
    await person().waitForMessage(({ quotedId }) => quotedId === id, ANSWER_MS);
    // The server has kept its side: it did not deliver a second time.
    expect(entryOf(id)).toMatchObject({ delivered: 1, retried: 0 });
    const again = await person().ask(chat(), ".ping", ANSWER_MS);
    expect(again.text).toContain("Pong!");
    expect(answersTo(person(), id)).toEqual([expect.objectContaining({ count: 1 })]);
  });
});

test("an answer that was accepted when the bot was killed is not seen twice", async () => {
  await bot.waitUntilOpen();
  const isAnswer = (from: string): boolean => from.startsWith(BOT_PHONE);
  const killed = killWhen((event) => event.type === "message.accepted" && isAnswer(event.from));
  const { id } = await friend.say(BOT_PHONE, ".help");
  await killed;
  bot = home.start();
  await bot.waitUntilOpen();
  await friend.ask(BOT_PHONE, ".ping", ANSWER_MS);
  const answers = answersTo(friend, id);
  expect(answers).toHaveLength(1);
  const sent = simulator.ledger().messages.filter(({ quotedId }) => quotedId === id);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.seenBy[friend.phone]?.deduplicated).toBe(1);
});

test("what nobody could answer before the end is answered by who comes next, in its order", async () => {
  simulator.faults.withholdAcks(BOT_PHONE, true);
  const asked: string[] = [];
  for (const text of [".ping", ".help", ".ping"]) asked.push((await friend.say(BOT_PHONE, text)).id);
  await simulator.waitFor((event) => event.type === "receipt.received" && event.id === asked[2], ANSWER_MS);
  await bot.shutdown(4000);
  await bot.exited;
  simulator.faults.withholdAcks(BOT_PHONE, false);
  bot = home.start();
  for (const id of asked) await friend.waitForMessage(({ quotedId }) => quotedId === id, ANSWER_MS);
  await friend.ask(BOT_PHONE, ".ping", ANSWER_MS);
  expect(asked.map((id) => answersTo(friend, id).length)).toEqual([1, 1, 1]);
  const order = friend.received.flatMap(({ quotedId }) =>
    quotedId !== undefined && asked.includes(quotedId) ? [quotedId] : [],
  );
  expect(order).toEqual(asked);
});
