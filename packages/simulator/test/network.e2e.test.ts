import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Simulator } from "../src/index.ts";
import { Bot, startPaired } from "./support/bot.ts";

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

/** The client's own end of its TCP connection, which Baileys hides. */
const rawSocket = (): { terminate(): void } | undefined =>
  (bot.socket?.ws as unknown as { socket: { terminate(): void } | null } | undefined)?.socket ?? undefined;

describe("a connection that stands still", () => {
  test("answers nothing, is cut by the client as 428, and is no second socket when it logs in again", async () => {
    expect(await bot.ping(5000)).toBe(true);
    expect(simulator.faults.stall(OWNER, true)).toBe(1);
    expect(await bot.ping(300)).toBe(false);
    expect(bot.socket?.ws.isOpen).toBe(true);
    const closed = bot.closed();
    rawSocket()?.terminate();
    expect(await closed).toMatchObject({ code: 428 });
    await bot.reopen();
    expect(await bot.ping(5000)).toBe(true);
    expect(simulator.ledger()).toMatchObject({ logins: 2, maxConcurrentSockets: 1 });
  });

  test("is noticed late by Baileys, which then waits for a closing handshake as well", async () => {
    bot.options = { keepAliveIntervalMs: 500 };
    const cut = bot.closed();
    simulator.faults.drop(OWNER);
    await cut;
    await bot.reopen();
    simulator.faults.stall(OWNER, true);
    const stalledAt = performance.now();
    const closed = bot.closed(30_000);
    while (bot.socket?.ws.isClosing !== true && performance.now() - stalledAt < DEADLINE_MS) await pause(20);
    expect(performance.now() - stalledAt).toBeGreaterThan(5000);
    rawSocket()?.terminate();
    expect(await closed).toMatchObject({ code: 408, message: "Connection was lost" });
  });

  test("goes on where it stood still, and nothing is lost", async () => {
    const ada = await simulator.addPerson({ phone: ADA });
    bot.answer = (text) => `echo ${text}`;
    simulator.faults.stall(OWNER, true);
    const asked = ada.ask(OWNER, "hello", DEADLINE_MS);
    expect(await bot.ping(200)).toBe(false);
    expect(simulator.faults.stall(OWNER, false)).toBe(1);
    expect((await asked).text).toBe("echo hello");
    expect(simulator.ledger().logins).toBe(1);
  });

  test("is a second socket while its client has not left it", async () => {
    simulator.faults.stall(OWNER, true);
    const twin = new Bot(simulator);
    Object.assign(twin.auth.state, bot.auth.state);
    const opened = twin.opened();
    twin.connect();
    await opened;
    expect(simulator.ledger().maxConcurrentSockets).toBe(2);
    await twin.stop();
    rawSocket()?.terminate();
  });
});

test("a slow network delays everything, and changes no order", async () => {
  simulator.faults.latency(60, 60);
  const startedAt = performance.now();
  expect(await bot.ping(5000)).toBe(true);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118);
  const ada = await simulator.addPerson({ phone: ADA });
  const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
  for (const text of texts) await ada.say(OWNER, text);
  await bot.sees(({ text }) => text === texts.at(-1));
  expect(bot.shown.map(({ text }) => text).filter((text) => text.startsWith("message"))).toEqual(texts);
  simulator.faults.latency(0);
  expect(await bot.ping(5000)).toBe(true);
});

describe("a client that asks for a websocket", () => {
  const cutOff = async (): Promise<void> => {
    const cut = bot.closed();
    simulator.faults.drop(OWNER);
    await cut;
    bot.options = { connectTimeoutMs: 700 };
  };
  const refusal = async () => simulator.waitFor(({ type }) => type === "upgrade.refused", DEADLINE_MS);

  test("and gets an HTTP status hangs without a word until it is ended from outside; the next one is let in", async () => {
    await cutOff();
    simulator.faults.upgrade(503, 1);
    const refused = refusal();
    const ended = bot.closed();
    bot.connect();
    expect(await refused).toMatchObject({ answer: 503 });
    await expect(bot.closed(2000)).rejects.toMatchObject({ name: "AbortError" });
    void bot.socket?.end(new Error("given up"));
    expect(await ended).toMatchObject({ message: "given up" });
    await bot.reopen();
  });

  test("and gets no answer reports 408 when its patience ends, until clients are let in again", async () => {
    await cutOff();
    simulator.faults.upgrade("silence");
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const closed = bot.closed();
      bot.connect();
      expect(await closed).toMatchObject({ code: 408, message: expect.stringContaining("timed out") });
    }
    simulator.faults.upgrade("websocket");
    bot.options = {};
    await bot.reopen();
  });
});
