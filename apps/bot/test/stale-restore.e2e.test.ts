import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startSimulator, type Account, type Group, type Person, type Simulator } from "@blacksky/simulator";
import { openStore } from "@blacksky/store";
import { cpSync, renameSync, rmSync } from "node:fs";
import { eventually } from "./support/eventually.ts";
import { createHome, OWNER_PHONE, type Home } from "./support/home.ts";

const BOT_PHONE = "4915550000001";
const ANSWER_MS = 20_000;
/** Rounds of each chat that the stale copy knows nothing of. */
const LOST_ROUNDS = 5;
const REPAIRED = "The session is repaired";

/** What it cost the phones and the bot to read each other's messages. */
interface Cost {
  /** Messages of the bot that a phone could not read at first, counted per phone. */
  unreadByPhones: number;
  /** Retry receipts of the bot. */
  askedByBot: number;
  /** Messages that some phone could not read to the end. */
  neverRead: number;
  log: string;
}

/** One account with a bot whose store can be put back to an earlier state. */
const createStage = async () => {
  const simulator: Simulator = await startSimulator({ prekeyCount: 1 });
  const account: Account = await simulator.addAccount({ phone: BOT_PHONE, name: "Bot" });
  const friend: Person = await simulator.addPerson({ phone: "4915550000003", addressing: "pn" });
  const owner: Person = await simulator.addPerson({ phone: OWNER_PHONE, addressing: "lid" });
  const group: Group = await simulator.addGroup({
    subject: "Test",
    members: [BOT_PHONE, friend.phone, OWNER_PHONE],
  });
  const home: Home = await createHome(simulator);
  const copy = `${home.storePath}.copy`;

  const talk = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await friend.ask(BOT_PHONE, ".ping", ANSWER_MS);
      await owner.ask(BOT_PHONE, ".ping", ANSWER_MS);
      await friend.ask(group.id, ".ping", ANSWER_MS);
    }
  };

  return {
    simulator,
    account,
    home,
    talk,
    /** Keeps a copy of the store, lets life go on, puts the copy back as a restore with that `tail` would. */
    async forget(tail: string): Promise<void> {
      cpSync(home.storePath, copy, { recursive: true });
      const bot = home.start();
      await bot.waitUntilOpen();
      await talk(LOST_ROUNDS);
      await bot.shutdown();
      await bot.exited;
      rmSync(home.storePath, { recursive: true });
      renameSync(copy, home.storePath);
      const store = openStore({ path: home.storePath });
      store.meta.set("restored.tail", tail);
      // A store that was restored remembers no repair: the meta is not replicated.
      for (const name of ["repair.begun", "repair.finished"]) store.meta.set(name, undefined);
      await store.close();
    },
    /** Talks on, and counts what it costs until everybody has read everything. */
    async measure(rounds: number): Promise<Cost> {
      const unread = new Map<string, { id: string; by: string }>();
      let unreadByPhones = 0;
      const stopCounting = simulator.on("message.undecryptable", ({ id, by }) => {
        unreadByPhones += 1;
        unread.set(`${id} ${by}`, { id, by });
      });
      const before = simulator.ledger().retryReceipts;
      const bot = home.start();
      await bot.waitUntilOpen();
      await talk(rounds);
      const stillUnread = () => {
        const { messages } = simulator.ledger();
        return [...unread.values()].filter(
          ({ id, by }) => messages.find((message) => message.id === id)?.seenBy[by] === undefined,
        );
      };
      await eventually("everybody has read everything", () => stillUnread().length === 0).catch(() => undefined);
      await bot.shutdown();
      await bot.exited;
      stopCounting();
      const askedByBot = simulator.ledger().retryReceipts - before;
      return { unreadByPhones, askedByBot, neverRead: stillUnread().length, log: bot.output() };
    },
    async start(): Promise<void> {
      const bot = await home.startPaired(account);
      await talk(2);
      await bot.shutdown();
      await bot.exited;
    },
    async close(): Promise<void> {
      await home.close();
      await simulator.stop();
    },
  };
};

describe("a bot whose store was restored without its last changes", () => {
  let stage: Awaited<ReturnType<typeof createStage>>;

  beforeAll(async () => {
    stage = await createStage();
    await stage.start();
  });
  afterAll(() => stage.close());

  test("unrepaired, sends messages nobody can read at first: this is what the repair is for", async () => {
    await stage.forget("complete");
    const cost = await stage.measure(LOST_ROUNDS + 1);
    // In the group, where the sender's counter is all there is: each message to each of its three phones.
    expect(cost.unreadByPhones).toBeGreaterThanOrEqual(3 * LOST_ROUNDS);
    expect(cost.neverRead).toBe(0);
    expect(cost.log).not.toContain(REPAIRED);
  });

  test("repairs itself before the first message: every phone reads all at once", async () => {
    await stage.forget("unknown");
    const cost = await stage.measure(LOST_ROUNDS + 1);
    expect(cost.log).toContain(REPAIRED);
    expect(cost).toMatchObject({ unreadByPhones: 0, neverRead: 0 });
    // What people still write in a session that is lost, one message in each of the two private chats.
    expect(cost.askedByBot).toBeLessThanOrEqual(2);
    expect(cost.log).not.toContain(BOT_PHONE);
    expect(cost.log).not.toContain(OWNER_PHONE);
  });

  test("repairs itself again when it was killed in the middle", async () => {
    await stage.forget("unknown");
    const killed = stage.home.start();
    await eventually("the repair begins", () => killed.output().includes("restored without"));
    await killed.kill();
    expect(killed.output()).not.toContain(REPAIRED);
    const cost = await stage.measure(LOST_ROUNDS + 1);
    expect(cost.log).toContain(REPAIRED);
    expect(cost).toMatchObject({ unreadByPhones: 0, neverRead: 0 });
  });

  test("does so once", async () => {
    const cost = await stage.measure(1);
    expect(cost.log).not.toContain("restored without");
    expect(cost).toMatchObject({ unreadByPhones: 0, askedByBot: 0 });
  });

  test("leaves alone what was restored completely", async () => {
    const store = openStore({ path: stage.home.storePath });
    store.meta.set("repair.finished", undefined);
    store.meta.set("restored.tail", "complete");
    await store.close();
    const cost = await stage.measure(1);
    expect(cost.log).not.toContain("restored without");
    expect(cost).toMatchObject({ unreadByPhones: 0, askedByBot: 0 });
  });
});
