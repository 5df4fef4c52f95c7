import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Simulator } from "../src/index.ts";
import { type Bot, startPaired } from "./support/bot.ts";

const OWNER = "4915550001";
const ADA = "4915550002";
const DEADLINE_MS = 10_000;

let simulator: Simulator;
let bot: Bot;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ simulator, bot, stop } = await startPaired(OWNER));
});
afterEach(() => stop());

test("refused queries make a send to somebody new fail, not the connection", async () => {
  const ada = await simulator.addPerson({ phone: ADA });
  expect(simulator.faults.refuseQueries(OWNER, 401)).toBe(1);
  await expect(bot.send(ada.jid, "hello")).rejects.toMatchObject({ data: 401 });
  expect(bot.socket?.ws.isOpen).toBe(true);
  expect(simulator.faults.refuseQueries(OWNER, undefined)).toBe(1);
  await bot.send(ada.jid, "hello again");
  expect((await ada.waitForMessage(/hello again/, DEADLINE_MS)).text).toBe("hello again");
  expect(simulator.ledger()).toMatchObject({ logins: 1, rejectedLogins: 0 });
});

test("withheld answers leave queries open while messages pass, until they are given again", async () => {
  const ada = await simulator.addPerson({ phone: ADA });
  bot.answer = (text) => `echo ${text}`;
  await ada.ask(OWNER, "before", DEADLINE_MS);
  expect(simulator.faults.withholdAnswers(OWNER, true)).toBe(1);
  expect(await bot.ping(300)).toBe(false);
  expect((await ada.ask(OWNER, "meanwhile", DEADLINE_MS)).text).toBe("echo meanwhile");
  expect(await bot.ping(300)).toBe(false);
  expect(simulator.faults.withholdAnswers(OWNER, false)).toBe(1);
  expect(await bot.ping(5000)).toBe(true);
  expect(simulator.ledger()).toMatchObject({ unhandled: {}, logins: 1 });
});
