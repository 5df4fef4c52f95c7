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
    await bot.reopen();
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

describe("pairing by code", () => {
  /** Connects and asks for a code; a registering client shows a QR as well, which means that it is ready. */
  const askForCode = async (bot: Bot): Promise<string> => {
    const requested = simulator.waitFor(({ type }) => type === "pairing.code-requested", 10_000);
    bot.connect();
    await bot.qr();
    const code = await bot.socket?.requestPairingCode(OWNER);
    await requested;
    return code ?? "";
  };

  test("links the client whose code is typed", async () => {
    const bot = newBot();
    const account = await simulator.addAccount({ phone: OWNER });
    const code = await askForCode(bot);
    const closed = bot.closed();
    await account.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4).toLowerCase()}`);
    expect(await closed).toMatchObject({ code: 515 });
    await bot.reopen();
    expect(simulator.ledger()).toMatchObject({ pairings: 1, logins: 1 });
  });

  test("rejects a wrong code clearly, and takes the right one afterwards", async () => {
    const bot = newBot();
    const account = await simulator.addAccount({ phone: OWNER });
    const code = await askForCode(bot);
    await expect(account.enterPairingCode("WRNGCDE1")).rejects.toMatchObject({ code: "simulator.code-wrong" });
    const closed = bot.closed();
    await account.enterPairingCode(code);
    expect(await closed).toMatchObject({ code: 515 });
  });

  test("says so when nobody has asked for a code, and when a client that asked comes back unlinked", async () => {
    const account = await simulator.addAccount({ phone: OWNER });
    await expect(account.enterPairingCode("ABCD1234")).rejects.toMatchObject({ code: "simulator.pairing-failed" });
    const bot = newBot();
    await askForCode(bot);
    const closed = bot.closed();
    simulator.faults.drop();
    await closed;
    const refused = bot.closed();
    bot.connect();
    expect(await refused).toMatchObject({ code: 401 });
    expect(simulator.ledger().rejectedLogins).toBe(1);
  });
});

describe("a pairing that nobody finishes", () => {
  test("ends with 408 when the QRs have run out", async () => {
    const bot = newBot();
    bot.options = { qrTimeout: 100 };
    simulator.faults.qrRefs(3);
    const shown: string[] = [];
    bot.events.on("qr", (qr: string) => shown.push(qr));
    const closed = bot.closed();
    bot.connect();
    expect(await closed).toMatchObject({ code: 408, message: "QR refs attempts ended" });
    expect(new Set(shown).size).toBe(3);
  });

  test("by code is ended by the server, and the next login is refused with 401", async () => {
    const bot = newBot();
    const requested = simulator.waitFor(({ type }) => type === "pairing.code-requested", 10_000);
    bot.connect();
    await bot.qr();
    await bot.socket?.requestPairingCode(OWNER);
    await requested;
    const closed = bot.closed();
    expect(simulator.faults.expirePairings()).toBe(1);
    expect(await closed).toMatchObject({ code: 428 });
    const refused = bot.closed();
    bot.connect();
    expect(await refused).toMatchObject({ code: 401, message: "Connection Failure" });
    expect(simulator.ledger()).toMatchObject({ pairings: 0, rejectedLogins: 1 });
  });
});

test("a QR of nobody, and a text that is no QR, are refused", async () => {
  const account = await simulator.addAccount({ phone: OWNER });
  const key = Buffer.alloc(32).toString("base64");
  await expect(account.scanQr(`2@x,${key},${key},${key},1`)).rejects.toMatchObject({ code: "simulator.qr-unknown" });
  await expect(account.scanQr("hello")).rejects.toMatchObject({ code: "simulator.bad-input" });
});

test("with the true pre-key count the client uploads its 812 keys", async () => {
  const faithful = await startSimulator();
  const bot = await pairByQr(faithful, OWNER, new Bot(faithful));
  expect(bot.auth.state.creds.nextPreKeyId).toBe(813);
  await bot.stop();
  await faithful.stop();
});
