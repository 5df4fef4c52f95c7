import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { notificationIdOf, outbox, type NotificationStatus } from "@blacksky/protocol";
import { startSimulator, type Account, type Person, type Simulator } from "@blacksky/simulator";
import type { BotProcess } from "./support/bot-process.ts";
import { eventually } from "./support/eventually.ts";
import { createHome, type Home } from "./support/home.ts";

const ANSWER_MS = 15_000;
const DEADLINE = { deadlineMs: 5000 };

let simulator: Simulator;
let account: Account;
let friend: Person;
let stranger: Person;
let home: Home;
let bot: BotProcess;

beforeAll(async () => {
  simulator = await startSimulator({ prekeyCount: 1 });
  account = await simulator.addAccount({ phone: "4915550000001" });
  friend = await simulator.addPerson({ phone: "4915550000003" });
  stranger = await simulator.addPerson({ phone: "4915550000004", addressing: "lid" });
  home = await createHome(simulator);
  bot = await home.startPaired(account);
  await friend.ask(account.phone, ".ping", ANSWER_MS);
});
afterAll(async () => {
  await home.close();
  await simulator.stop();
});

const notify = async (to: string, text: string): Promise<string> => {
  const id = notificationIdOf("TEST", text);
  await bot.channel.request(outbox.enqueue, { id, notification: { to, text } }, DEADLINE);
  return id;
};
const read = async (id: string): Promise<NotificationStatus | null> =>
  (await bot.channel.request(outbox.read, { id }, DEADLINE)).status;
const waitFor = (id: string, state: NotificationStatus["state"]): Promise<NotificationStatus> =>
  eventuallyAsync(`the notification is ${state}`, async () => {
    const status = await read(id);
    return status?.state === state ? status : undefined;
  });
const eventuallyAsync = async <T>(what: string, probe: () => Promise<T | undefined>): Promise<T> => {
  let found: T | undefined;
  let asking = false;
  return eventually(what, () => {
    if (!asking && found === undefined) {
      asking = true;
      void probe().then((answer) => {
        found = answer;
        asking = false;
      });
    }
    return found;
  });
};
const seen = (person: Person, text: string): number => person.received.filter((one) => one.text === text).length;

describe("a notification over a real socket", () => {
  test("is sent once the server has it, and delivered once the person has it", async () => {
    const status = await waitFor(await notify(friend.phone, "hello"), "delivered");
    expect(status).toMatchObject({ attempts: 1, lastError: null });
    expect(seen(friend, "hello")).toBe(1);
    await eventually("the bot tells how many there are", () => bot.told.counts.delivered >= 2);
  });

  test("that the server refuses for stale devices has them asked for, and is sent once more", async () => {
    const before = simulator.ledger();
    simulator.faults.refuseMessages(account.phone, 479, { to: friend.phone });
    const id = await notify(friend.phone, "stale");
    expect(await waitFor(id, "retryable")).toMatchObject({ attempts: 1, lastError: expect.stringContaining("479") });
    simulator.faults.refuseMessages(account.phone, undefined, { to: friend.phone });
    expect(await waitFor(id, "delivered")).toMatchObject({ attempts: 2 });
    expect([seen(friend, "stale"), before.unhandled]).toEqual([1, {}]);
  });

  test("to somebody who never wrote is held once one was refused for that, and no other is", async () => {
    simulator.faults.refuseMessages(account.phone, 463, { to: stranger.phone });
    const refused = await notify(stranger.phone, "unasked");
    expect(await waitFor(refused, "retryable")).toMatchObject({ lastError: expect.stringContaining("463") });
    simulator.faults.refuseMessages(account.phone, undefined, { to: stranger.phone });
    const other = await simulator.addPerson({ phone: "4915550000005" });
    const held = await notify(other.phone, "unasked too");
    await waitFor(await notify(friend.phone, "asked"), "delivered");
    expect([await read(held), seen(other, "unasked too")]).toMatchObject([{ state: "available", attempts: 0 }, 0]);
    // Whoever writes is no stranger any more; a kill changes nothing about the hold.
    await bot.kill();
    bot = home.start();
    await bot.waitUntilOpen();
    await other.ask(account.phone, ".ping", ANSWER_MS);
    await notify(other.phone, "now asked");
    await eventually("both arrive", () => seen(other, "unasked too") === 1 && seen(other, "now asked") === 1);
    expect([(await read(refused))?.state, seen(stranger, "unasked")]).toEqual(["retryable", 0]);
  });

  test("outlives the link to the phone", async () => {
    simulator.faults.deviceRemoved(account.phone);
    const { qr } = await bot.waitForPairing("qr");
    const id = await notify(friend.phone, "after the link");
    expect((await read(id))?.state).toBe("available");
    await account.scanQr(qr);
    await waitFor(id, "delivered");
    expect(seen(friend, "after the link")).toBe(1);
  });
});
