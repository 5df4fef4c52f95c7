import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Simulator } from "../src/index.ts";
import { type Bot, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";

let simulator: Simulator;
let bot: Bot;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
});
afterAll(() => stop());

describe("a stream that the server ends", () => {
  test.each([
    [{ code: 503 }, 503, "Stream Errored (unknown)"],
    [{ code: 500 }, 500, "Stream Errored (unknown)"],
    [{ code: 515 }, 515, "Stream Errored (restart required)"],
    [{ condition: "ack" }, 500, "Stream Errored (ack)"],
    [{ condition: "conflict", type: "replaced" }, 440, "Stream Errored (conflict)"],
    [{ code: 401, condition: "conflict", type: "device_removed" }, 401, "Stream Errored (conflict)"],
  ])("with the error %j reaches the client as %d, which is let in again", async (error, code, message) => {
    const closed = bot.closed();
    expect(simulator.faults.streamError(OWNER, error)).toBe(1);
    expect(await closed).toMatchObject({ code, message });
    await bot.reopen();
  });

  test("without a reason reaches the client as 428", async () => {
    const closed = bot.closed();
    expect(simulator.faults.streamEnd(OWNER)).toBe(1);
    expect(await closed).toMatchObject({ code: 428, message: "Connection Terminated by Server" });
    await bot.reopen();
  });
});

test("a session that another client occupies is lost at every login, until that client leaves", async () => {
  const { logins } = simulator.ledger();
  const closed = bot.closed();
  expect(simulator.faults.occupied(OWNER, true)).toBe(1);
  expect(await closed).toMatchObject({ code: 440 });
  for (let login = 0; login < 2; login += 1) {
    const again = bot.closed();
    bot.connect();
    expect(await again).toMatchObject({ code: 440, message: "Stream Errored (conflict)" });
  }
  expect(simulator.ledger().logins).toBe(logins + 2);
  simulator.faults.occupied(OWNER, false);
  await bot.reopen();
  expect(await bot.ping(5000)).toBe(true);
});
