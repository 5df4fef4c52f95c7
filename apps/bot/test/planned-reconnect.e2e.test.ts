import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startController, type Controller } from "@blacksky/connection";
import { createTestLogger } from "@blacksky/logger/testing";
import { systemClock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { startSimulator, type Person, type Simulator } from "@blacksky/simulator";
import { connectionSettings, watchdogSettings, reconnectSchedule, type ReconnectSchedule } from "@blacksky/whatsapp";
import type { BotProcess } from "./support/bot-process.ts";
import { eventually } from "./support/eventually.ts";
import { createHome, type Home } from "./support/home.ts";

const BOT_PHONE = "4915550000001";
const ANSWER_MS = 30_000;
const RECONNECTS = 3;

const log = createTestLogger();

/** Every second, whatever goes on: only messages that are under way hold it up. */
const everySecond = (): ReconnectSchedule => {
  const quietHours = { fromHour: 0, toHour: 0 };
  const schedule = reconnectSchedule({ everyHours: 1, quietHours, timeZone: "UTC" });
  if (schedule === undefined) throw new Error("There is no schedule.");
  return { ...schedule, intervalMs: 1_000, calmMs: 0, postponeMs: 50 };
};

describe("planned reconnects of a linked bot", () => {
  let simulator: Simulator;
  let friend: Person;
  let home: Home;
  let bot: BotProcess;
  let controller: Controller;

  beforeAll(async () => {
    simulator = await startSimulator({ prekeyCount: 1 });
    const account = await simulator.addAccount({ phone: BOT_PHONE, name: "Bot" });
    friend = await simulator.addPerson({ phone: "4915550000003", name: "Friend", addressing: "lid" });
    home = await createHome(simulator);
    const first = await home.startPaired(account);
    await first.shutdown();
    await first.exited;
    bot = home.start({ keepConnected: false });
  });

  afterAll(async () => {
    controller.stop();
    await home.close();
    await simulator.stop();
  });

  test("cost no message, neither one that comes nor one that goes, and never hold two sockets", async () => {
    const pace = { initialDelayMs: 200, maxDelayMs: 2_000, maxRetries: 15 };
    controller = startController({
      channel: bot.channel,
      settings: connectionSettings(pace),
      watchdog: watchdogSettings(60_000),
      schedule: everySecond(),
      clock: systemClock,
      random: Math.random,
      log,
    });
    await eventually("the first connection opens", () => bot.told.opened.length > 0, ANSWER_MS);

    const asked: string[] = [];
    while (bot.told.opened.length <= RECONNECTS) {
      const { id } = await friend.say(BOT_PHONE, ".ping");
      asked.push(id);
      await friend.waitForMessage((seen) => seen.quotedId === id, ANSWER_MS);
    }
    expect(asked.length).toBeGreaterThan(RECONNECTS);
    const answers = friend.received.filter(({ quotedId }) => quotedId !== undefined && asked.includes(quotedId));
    // An answer whose acknowledgement the old socket did not bring goes out again under its id: a phone shows it once.
    expect(answers).toHaveLength(asked.length);
    expect(bot.told.closed.length).toBeGreaterThanOrEqual(RECONNECTS);
    expect(bot.told.closed.every(({ intentional }) => intentional)).toBe(true);
    expect(simulator.ledger()).toMatchObject({ maxConcurrentSockets: 1, unhandled: {} });

    const traffic = await bot.channel.request(connection.traffic, {}, { deadlineMs: 5_000 });
    expect(traffic.lastMessageAt).toBeGreaterThan(Date.now() - 60_000);
  });
});
