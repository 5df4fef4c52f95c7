import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startSimulator } from "../src/index.ts";
import type { Simulator } from "../src/index.ts";
import { Bot, pairByQr } from "./support/bot.ts";

const OWNER = "4915550001";

let simulator: Simulator;
let bots: Bot[];

beforeEach(async () => {
  simulator = await startSimulator({ prekeyCount: 1 });
  bots = [];
});

afterEach(async () => {
  await Promise.all(bots.map(async (bot) => bot.stop()));
  await simulator.stop();
});

const newBot = (): Bot => {
  const bot = new Bot(simulator);
  bots.push(bot);
  return bot;
};

describe("pairing by QR", () => {
  test("links the client, restarts it with 515 and logs it in", async () => {
    const bot = newBot();
    const account = await simulator.addAccount({ phone: OWNER, name: "Ada" });
    bot.connect();
    const closed = bot.closed();
    await account.scanQr(await bot.qr());
    expect(await closed).toMatchObject({ code: 515 });
    const opened = bot.opened();
    bot.connect();
    await opened;
    expect(bot.auth.state.creds.me).toMatchObject({ id: `${OWNER}:1@s.whatsapp.net`, name: "Ada" });
    expect(simulator.ledger()).toMatchObject({ pairings: 1, logins: 1, rejectedLogins: 0 });
  });

  test("ends the wait for history at once, so that the first messages are shown", async () => {
    const bot = await pairByQr(simulator, OWNER, newBot());
    const person = await simulator.addPerson({ phone: "4915550002" });
    const startedAt = performance.now();
    await person.say(OWNER, "hello");
    await bot.sees(({ text }) => text === "hello");
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
