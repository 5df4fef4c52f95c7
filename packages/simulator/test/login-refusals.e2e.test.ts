import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Simulator } from "../src/index.ts";
import { Bot, pairByQr, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";
const NEWCOMER = "4915550009";

let simulator: Simulator;
let bot: Bot;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
});
afterAll(() => stop());

/** Cuts the bot off and lets it log in again. */
const logInAgain = async (): ReturnType<Bot["closed"]> => {
  const cut = bot.closed();
  if (simulator.faults.drop(OWNER) > 0) await cut;
  const refused = bot.closed();
  bot.connect();
  return refused;
};

describe("a login that is refused", () => {
  test.each([401, 402, 403, 405, 406, 409, 411, 413, 414, 415, 416, 417, 418, 500, 501, 503])(
    "with %d reaches the client as that code, and the next one is admitted",
    async (reason) => {
      const before = simulator.ledger();
      simulator.faults.refuseLogin(OWNER, { reason }, 1);
      expect(await logInAgain()).toMatchObject({ code: reason, message: "Connection Failure" });
      await bot.reopen();
      expect(simulator.ledger()).toMatchObject({
        rejectedLogins: before.rejectedLogins + 1,
        logins: before.logins + 1,
      });
    },
  );

  test("with a temporary ban carries its kind and the seconds it lasts", async () => {
    simulator.faults.refuseLogin(OWNER, { reason: 402, code: 101, expireSeconds: 3600 });
    expect(await logInAgain()).toMatchObject({ code: 402, data: { reason: "402", code: "101", expire: "3600" } });
    simulator.faults.refuseLogin(OWNER, undefined);
    await bot.reopen();
  });

  test("is refused so many times, or until the refusal is taken back", async () => {
    simulator.faults.refuseLogin(OWNER, { reason: 503 }, 2);
    for (let login = 0; login < 2; login += 1) expect(await logInAgain()).toMatchObject({ code: 503 });
    await bot.reopen();
    simulator.faults.refuseLogin(OWNER, { reason: 405 });
    for (let login = 0; login < 3; login += 1) expect(await logInAgain()).toMatchObject({ code: 405 });
    simulator.faults.refuseLogin(OWNER, undefined);
    await bot.reopen();
  });
});

test("clients that want to be linked are refused apart from those that are", async () => {
  simulator.faults.refuseLogin(undefined, { reason: 405 }, 1);
  const newcomer = new Bot(simulator);
  const refused = newcomer.closed();
  newcomer.connect();
  expect(await refused).toMatchObject({ code: 405, message: "Connection Failure" });
  const cut = bot.closed();
  simulator.faults.drop(OWNER);
  await cut;
  await bot.reopen();
  await pairByQr(simulator, NEWCOMER, newcomer);
  await newcomer.stop();
});
