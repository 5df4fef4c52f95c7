import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startSimulator, type Account, type Group, type Person, type Simulator } from "@blacksky/simulator";
import type { BotProcess } from "./support/bot-process.ts";
import { eventually } from "./support/eventually.ts";
import { createHome, OWNER_PHONE, type Home } from "./support/home.ts";

const BOT_PHONE = "4915550000001";
const ANSWER_MS = 15_000;

describe("a linked bot", () => {
  let simulator: Simulator;
  let account: Account;
  let owner: Person;
  let friend: Person;
  let group: Group;
  let home: Home;
  let bot: BotProcess;

  beforeAll(async () => {
    simulator = await startSimulator({ prekeyCount: 1 });
    account = await simulator.addAccount({ phone: BOT_PHONE, name: "Bot" });
    owner = await simulator.addPerson({ phone: OWNER_PHONE, name: "Owner", addressing: "lid" });
    friend = await simulator.addPerson({ phone: "4915550000003", name: "Friend", addressing: "pn" });
    group = await simulator.addGroup({ subject: "Test", members: [BOT_PHONE, OWNER_PHONE, friend.phone] });
    home = await createHome(simulator);
    bot = await home.startPaired(account);
  });

  afterAll(async () => {
    await home.close();
    await simulator.stop();
  });

  test("tells its parent how it was linked, and that things change", () => {
    expect(bot.told.pairings.map(({ state }) => state)).toEqual(["none", "qr", "paired"]);
    expect(bot.told.closed).toEqual([expect.objectContaining({ code: 515, paired: true, intentional: false })]);
    expect(bot.told.positions.at(-1)).toBeGreaterThan(0);
    expect(bot.told.activity.length).toBeGreaterThan(0);
  });

  test("answers a person whose chat is under the phone number, quoting the message", async () => {
    const answer = await friend.ask(BOT_PHONE, ".PING", ANSWER_MS);
    expect(answer.text).toMatch(/^Pong! \d+ ms to WhatsApp and back, \d+ ms to handle your message\.$/);
    expect(answer.quotedId).toBeDefined();
  });

  test("answers a person whose chat is under a LID", async () => {
    const answer = await owner.ask(BOT_PHONE, ".ping", ANSWER_MS);
    expect(answer).toMatchObject({ text: expect.stringContaining("Pong!"), quotedId: expect.any(String) });
  });

  test("answers in a group", async () => {
    const answer = await friend.ask(group.id, ".ping", ANSWER_MS);
    expect(answer).toMatchObject({
      chat: group.id,
      text: expect.stringContaining("Pong!"),
      quotedId: expect.any(String),
    });
    const seenByOwner = await owner.waitForMessage((seen) => seen.id === answer.id, ANSWER_MS);
    expect(seenByOwner.text).toBe(answer.text);
  });

  test("shows help and status", async () => {
    expect((await friend.ask(BOT_PHONE, ".menu", ANSWER_MS)).text).toContain(".restart · owner only");
    expect((await friend.ask(BOT_PHONE, ".status", ANSWER_MS)).text).toContain("Connection: open");
  });

  test("refuses an owner's command to others, and asks for a restart for the owner once the answer is out", async () => {
    expect((await friend.ask(BOT_PHONE, ".restart", ANSWER_MS)).text).toBe("Only my owner may ask for that.");
    expect((await friend.ask(group.id, ".restart", ANSWER_MS)).text).toBe("Only my owner may ask for that.");
    expect(bot.told.restarts).toEqual([]);
    expect((await owner.ask(group.id, ".restart", ANSWER_MS)).text).toContain("Restarting");
    await eventually("the restart is asked for", () => bot.told.restarts.length === 1);
    expect((await owner.ask(BOT_PHONE, ".restart", ANSWER_MS)).text).toContain("Restarting");
    await eventually("the restart is asked for", () => bot.told.restarts.length === 2);
  });

  test("counts what it has sent", async () => {
    await eventually("nothing is pending", () => bot.told.counts.pending === 0);
    expect(bot.told.counts).toMatchObject({ retrying: 0, dead: 0 });
    expect(bot.told.counts.delivered).toBeGreaterThanOrEqual(8);
  });

  test("answers once what was asked while it was away", async () => {
    simulator.faults.drop(BOT_PHONE);
    const [first, second] = await Promise.all([friend.say(BOT_PHONE, ".ping"), owner.say(BOT_PHONE, ".ping")]);
    await friend.waitForMessage((seen) => seen.quotedId === first.id, ANSWER_MS);
    await owner.waitForMessage((seen) => seen.quotedId === second.id, ANSWER_MS);
    for (const { count } of [...friend.received, ...owner.received]) expect(count).toBe(1);
  });

  test("probes, describes, and holds one socket only", async () => {
    const { connection } = await import("@blacksky/protocol");
    const ask = { deadlineMs: 5000 };
    const { rttMs } = await bot.channel.request(connection.probe, { deadlineMs: 10_000 }, ask);
    expect(rttMs).toBeGreaterThan(0);
    const view = await bot.channel.request(connection.describe, {}, ask);
    expect(view).toMatchObject({ socket: "open", paired: true });
    await expect(bot.connect()).rejects.toMatchObject({ code: "connection.busy" });
    expect(simulator.ledger().maxConcurrentSockets).toBe(1);
  });

  test("leaves nothing of libsignal, and no number or text, on its streams", async () => {
    for (const secret of ["SessionEntry", "privKey", "Closing session", "rootKey", BOT_PHONE, friend.phone, "Pong"]) {
      expect(bot.output()).not.toContain(secret);
    }
    expect(simulator.ledger().unhandled).toEqual({});
    expect(await bot.shutdown()).toEqual({ unfinished: 0 });
    expect(await bot.exited).toBe(0);
  });
});
