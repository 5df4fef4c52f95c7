import { EventEmitter, once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { LedgerEntry, Person, Simulator, SimulatorEventOf, SimulatorEventType } from "../src/index.ts";
import { type Bot, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";
const ADA = "4915550002";
const BEN = "4915550003";
const DEADLINE_MS = 10_000;
const ONCE = { times: 1 };

let simulator: Simulator;
let bot: Bot;
let ada: Person;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
  ada = await simulator.addPerson({ phone: ADA });
  bot.answer = (text) => `echo ${text}`;
});
afterEach(() => stop());

const entryOf = (id: string): LedgerEntry | undefined => simulator.ledger().messages.find((entry) => entry.id === id);

const next = <T extends SimulatorEventType>(type: T, fits: (event: SimulatorEventOf<T>) => boolean = () => true) =>
  // The type was compared in the same line.
  simulator.waitFor((event) => event.type === type && fits(event as unknown as SimulatorEventOf<T>), DEADLINE_MS);

const struck = (fault: string) => next("fault.struck", (event) => event.fault === fault);

/** What the server says of each of the bot's messages: `ok`, or the error. */
const acknowledgements = (): Map<string, string> => {
  const heard = new Map<string, string>();
  bot.socket?.ws.on("CB:ack,class:message", ({ attrs }: { attrs: Record<string, string> }) => {
    heard.set(attrs["id"] ?? "", attrs["error"] ?? "ok");
  });
  return heard;
};

describe("a message that comes again under its id", () => {
  const sendAs = async (chat: string, id: string, text: string): Promise<void> => {
    await bot.socket?.sendMessage(chat, { text }, { messageId: id });
  };

  test("is not shown again in a private chat, whatever it says now", async () => {
    await ada.ask(OWNER, "hello", DEADLINE_MS);
    await sendAs(ada.jid, "3EB0AA", "first");
    const again = next("message.seen", ({ by, count }) => by === ADA && count === 2);
    await sendAs(ada.jid, "3EB0AA", "second");
    expect(await again).toMatchObject({ id: "3EB0AA", by: ADA, text: "first" });
    expect(ada.received.filter(({ id }) => id === "3EB0AA")).toMatchObject([{ text: "first", count: 2 }]);
    expect(entryOf("3EB0AA")).toMatchObject({
      text: "first",
      sent: 2,
      seenBy: { [ADA]: { raw: 2, deduplicated: 1 } },
    });
  });

  test("is not shown again in a group either, and is another one there than in a private chat", async () => {
    await simulator.addPerson({ phone: BEN });
    const group = await simulator.addGroup({ subject: "Trio", members: [ADA, BEN, OWNER] });
    await sendAs(group.id, "3EB0BB", "first");
    await ada.waitForMessage(/first/, DEADLINE_MS);
    const again = next("message.seen", ({ by, count }) => by === BEN && count === 2);
    const alone = next("message.seen", ({ chat, by }) => chat !== group.id && by === ADA);
    await sendAs(group.id, "3EB0BB", "second");
    await sendAs(ada.jid, "3EB0BB", "alone");
    await Promise.all([again, alone]);
    expect(ada.received.map(({ text, count }) => [text, count])).toEqual([
      ["first", 2],
      ["alone", 1],
    ]);
    expect(entryOf("3EB0BB")?.seenBy).toMatchObject({
      [ADA]: { raw: 3, deduplicated: 2 },
      [BEN]: { raw: 2, deduplicated: 1 },
    });
  });
});

test("an acknowledgement gets lost as often as it was said, though the message arrives", async () => {
  const heard = acknowledgements();
  expect(simulator.faults.withholdAcks(OWNER, true, { times: 1, skip: 1 })).toBe(1);
  const ids = [];
  for (const text of ["one", "two", "three"]) ids.push((await ada.ask(OWNER, text, DEADLINE_MS)).id);
  await bot.status(ids[2] ?? "", 3);
  expect(ids.map((id) => heard.get(id))).toEqual(["ok", undefined, "ok"]);
});

describe("a message that the server refuses", () => {
  test("reaches nobody, and the client learns the code", async () => {
    const heard = acknowledgements();
    simulator.faults.refuseMessages(OWNER, 463, ONCE);
    const rejected = next("message.rejected");
    const id = await bot.send(ada.jid, "one");
    expect(await rejected).toMatchObject({ id, error: 463 });
    const second = await bot.send(ada.jid, "two");
    await ada.waitForMessage(/two/, DEADLINE_MS);
    await bot.status(second, 3);
    expect([heard.get(id), heard.get(second)]).toEqual(["463", "ok"]);
    expect(ada.received.map(({ text }) => text)).toEqual(["two"]);
    expect(entryOf(id)).toBeUndefined();
  });

  test("is one to a single chat, if that is what was said", async () => {
    const ben = await simulator.addPerson({ phone: BEN });
    simulator.faults.refuseMessages(OWNER, 479, { to: BEN });
    const rejected = next("message.rejected");
    const id = await bot.send(ben.jid, "to Ben");
    expect(await rejected).toMatchObject({ id, error: 479, chat: ben.jid });
    expect((await ada.ask(OWNER, "hello", DEADLINE_MS)).text).toBe("echo hello");
    simulator.faults.refuseMessages(OWNER, undefined, { to: BEN });
    await bot.send(ben.jid, "again");
    expect(await ben.waitForMessage(/./, DEADLINE_MS)).toMatchObject({ text: "again" });
  });
});

describe("a stanza that is delivered twice", () => {
  test.each(["at-once", "after-receipt"] as const)("%s is the same, and must be settled twice", async (moment) => {
    await ada.ask(OWNER, "before", DEADLINE_MS);
    simulator.faults.duplicate(OWNER, moment, true, ONCE);
    const again = struck(`duplicate-${moment}`);
    // Baileys cannot read it a second time, and asks for it anew.
    const wanted = next("retry.requested");
    const { quotedId = "" } = await ada.ask(OWNER, "hello", DEADLINE_MS);
    for (const event of [again, wanted]) expect(await event).toMatchObject({ id: quotedId });
    await next("receipt.received", ({ id, kind }) => kind !== "retry" && id === quotedId);
    expect(entryOf(quotedId)).toMatchObject({ delivered: 3, acknowledged: true });
    expect((await ada.ask(OWNER, "after", DEADLINE_MS)).text).toBe("echo after");
  });
});

describe("a ciphertext with a flipped bit", () => {
  test.each(["first", "later"])("is asked for again by the bot: the %s of a chat", async (which) => {
    if (which === "later") await ada.ask(OWNER, "before", DEADLINE_MS);
    simulator.faults.damage(OWNER, "to-client", true, ONCE);
    const { text, quotedId } = await ada.ask(OWNER, "hello", DEADLINE_MS);
    expect(text).toBe("echo hello");
    expect(entryOf(quotedId ?? "")).toMatchObject({ delivered: 2, acknowledged: true });
    expect(simulator.ledger().retryReceipts).toBe(1);
    expect((await ada.ask(OWNER, "after", DEADLINE_MS)).text).toBe("echo after");
  });

  test("is asked for again by its reader, and by each member of a group", async () => {
    const ben = await simulator.addPerson({ phone: BEN });
    const group = await simulator.addGroup({ subject: "Trio", members: [ADA, BEN, OWNER] });
    simulator.faults.damage(OWNER, "from-client", true, { times: 3 });
    const answer = await ada.ask(OWNER, "hello", DEADLINE_MS);
    expect(answer).toMatchObject({ text: "echo hello", count: 1 });
    expect(entryOf(answer.id)).toMatchObject({ sent: 2, retried: 1, seenBy: { [ADA]: { raw: 1, deduplicated: 1 } } });
    const id = await bot.send(group.id, "to all");
    for (const reader of [ada, ben]) await reader.waitForMessage(/to all/, DEADLINE_MS);
    // The answer to the first of them goes to all.
    expect(entryOf(id)).toMatchObject({ retried: 2 });
  });
});

describe("receipts that get lost", () => {
  test("on the bot's side bring the message again at its next login", async () => {
    bot.answer = undefined;
    simulator.faults.loseReceipts(OWNER, "client", true, ONCE);
    const lost = struck("receipt-lost-client");
    const { id } = await ada.say(OWNER, "hello");
    expect(await lost).toMatchObject({ id });
    expect(entryOf(id)).toMatchObject({ acknowledged: false, delivered: 1 });
    expect(simulator.accounts[0]?.devices[0]?.queued).toBe(1);
    await bot.stop();
    const again = next("message.delivered", (event) => event.id === id);
    await bot.reopen();
    expect(await again).toMatchObject({ offline: true });
  });

  test("on the reader's side leave the bot without news of a message that was seen", async () => {
    const heard: (string | undefined)[] = [];
    const receipts = new EventEmitter();
    bot.socket?.ws.on("CB:receipt", ({ attrs }: { attrs: Record<string, string> }) => {
      heard.push(attrs["id"]);
      receipts.emit("heard");
    });
    simulator.faults.loseReceipts(OWNER, "people", true, ONCE);
    const lost = struck("receipt-lost-people");
    const id = await bot.send(ada.jid, "one");
    expect(await lost).toMatchObject({ id });
    const first = once(receipts, "heard", { signal: AbortSignal.timeout(DEADLINE_MS) });
    const second = await bot.send(ada.jid, "two");
    await first;
    expect(heard).toEqual([second]);
    expect(ada.received.map(({ text }) => text)).toEqual(["one", "two"]);
  });
});

describe("a connection that is reset while the bot sends", () => {
  test.each([
    ["message", []],
    ["acknowledgement", ["hello"]],
  ] as const)("on %s", async (moment, seen) => {
    await bot.send(ada.jid, "before");
    await ada.waitForMessage(/before/, DEADLINE_MS);
    const heard = acknowledgements();
    simulator.faults.resetWhileSending(OWNER, moment, true, ONCE);
    const [closed, hit] = [bot.closed(), struck(`reset-on-${moment}`)];
    const id = await bot.send(ada.jid, "hello");
    expect(await closed).toMatchObject({ code: 428 });
    expect(await hit).toMatchObject({ id });
    await bot.reopen();
    await bot.send(ada.jid, "after");
    await ada.waitForMessage(/after/, DEADLINE_MS);
    expect(ada.received.map(({ text }) => text)).toEqual(["before", ...seen, "after"]);
    expect(heard.has(id)).toBe(false);
  });

  test("on any stanza, as the queries that come before a first message", async () => {
    const ben = await simulator.addPerson({ phone: BEN });
    await bot.send(ada.jid, "before");
    await ada.waitForMessage(/before/, DEADLINE_MS);
    simulator.faults.resetWhileSending(OWNER, "stanza", true, ONCE);
    const closed = bot.closed();
    // Baileys rejects with whatever ended the connection: an error, or the websocket's bare code.
    await expect(bot.send(ben.jid, "hello")).rejects.toBeDefined();
    await closed;
    expect(ben.received).toEqual([]);
    await bot.reopen();
    await bot.send(ben.jid, "hello");
    expect(await ben.waitForMessage(/hello/, DEADLINE_MS)).toMatchObject({ count: 1 });
  });
});

test("faults can be combined, and the same seed decides the same", async () => {
  const run = async (): Promise<string[]> => {
    const hits: string[] = [];
    const stopListening = simulator.on("fault.struck", ({ fault }) => void hits.push(fault));
    simulator.faults.withholdAcks(OWNER, true, { chance: 0.4, seed: 3 });
    simulator.faults.damage(OWNER, "to-client", true, { chance: 0.4, seed: 4 });
    simulator.faults.damage(OWNER, "from-client", true, { chance: 0.4, seed: 5 });
    for (let at = 0; at < 6; at++) expect((await ada.ask(OWNER, `q${at}`, DEADLINE_MS)).text).toBe(`echo q${at}`);
    stopListening();
    return hits;
  };
  const first = await run();
  expect(new Set(first).size).toBeGreaterThan(1);
  expect(await run()).toEqual(first);
});
