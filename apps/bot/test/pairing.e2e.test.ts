import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { connection } from "@blacksky/protocol";
import { startSimulator, type Account, type Simulator } from "@blacksky/simulator";
import { openStore } from "@blacksky/store";
import { eventually } from "./support/eventually.ts";
import { createHome, type Home } from "./support/home.ts";

const ASK = { deadlineMs: 10_000 };

describe("linking and unlinking", () => {
  let simulator: Simulator;
  let account: Account;
  let home: Home;
  let phones = 4_915_550_001_000;

  beforeAll(async () => {
    simulator = await startSimulator({ prekeyCount: 1 });
  });
  afterAll(() => simulator.stop());
  beforeEach(async () => {
    account = await simulator.addAccount({ phone: String((phones += 1)) });
    home = await createHome(simulator);
  });
  afterEach(() => home.close());

  test("by code: the code is told once and works", async () => {
    const bot = home.start({ env: { PAIRING_NUMBER: account.phone } });
    const { code } = await bot.waitForPairing("code");
    await account.enterPairingCode(code);
    await bot.waitUntilOpen();
    expect(bot.told.pairings.map(({ state }) => state)).toEqual(["none", "code", "paired"]);
    expect(bot.output()).not.toContain(code);
  });

  test("by code: a code nobody used is taken back, also when the bot is killed, and the next one works", async () => {
    const env = { PAIRING_NUMBER: account.phone };
    const first = home.start({ env });
    const old = await first.waitForPairing("code");
    simulator.faults.drop();
    const { code } = await eventually("another code is shown", () => {
      const shown = first.told.pairings.at(-1);
      return shown?.state === "code" && shown.code !== old.code && shown;
    });
    await first.kill();
    const second = home.start({ env });
    const next = await second.waitForPairing("code");
    expect(next.code).not.toBe(code);
    await account.enterPairingCode(next.code);
    await second.waitUntilOpen();
    expect([...first.told.closed, ...second.told.closed].map(({ code: why }) => why)).not.toContain(401);
  });

  test("an unlinked bot archives its session and can be linked again", async () => {
    const bot = await home.startPaired(account);
    simulator.faults.deviceRemoved(account.phone);
    const { qr } = await bot.waitForPairing("qr");
    expect(bot.told.closed.at(-1)).toMatchObject({ code: 401, paired: true, intentional: false });
    await account.scanQr(qr);
    await bot.waitForPairing("paired");
    await eventually("it is open again", () => bot.told.opened.length === 2);
    await bot.shutdown();
    const store = openStore({ path: home.storePath, readOnly: true });
    const archived = [...store.keys("archive/")];
    await store.close();
    expect(archived.some((key) => key.endsWith("/session/creds"))).toBe(true);
  });

  test("an order to end works at every stage, and says that it was one", async () => {
    const bot = home.start({ keepConnected: false });
    await bot.waitForPairing("none");
    await bot.connect();
    await bot.channel.request(connection.end, { generation: 1, reason: "a test" }, ASK);
    await bot.connect();
    await bot.waitForPairing("qr");
    await bot.channel.request(connection.end, { generation: 2, reason: "a test" }, ASK);
    expect(bot.told.closed).toEqual([
      expect.objectContaining({ generation: 1, intentional: true, origin: "local", paired: false }),
      expect.objectContaining({ generation: 2, intentional: true, origin: "local", paired: false }),
    ]);
    expect(await bot.channel.request(connection.describe, {}, ASK)).toMatchObject({ socket: "none", generation: 2 });
  });
});
