import { createScriptedBot } from "@blacksky/connection/testing";
import { createChannel, linkPorts } from "@blacksky/ipc";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { alerts, connection } from "@blacksky/protocol";
import { connectionSettings, watchdogSettings } from "@blacksky/whatsapp";
import { describe, expect, test } from "@jest/globals";
import { createStandIn } from "./stand-in.ts";

const log = createTestLogger((level, message, fields) => {
  if (level === "error" && fields?.["alert"] === undefined) throw new Error(message);
});

const failOnViolation = (error: Error): never => {
  throw error;
};

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A bot without a keeper; `runner` is the other end of its channel. */
const setUp = async () => {
  const clock = createFakeClock(1_000_000);
  const ports = linkPorts();
  const runner = createChannel({ port: ports.parent, clock, onViolation: failOnViolation });
  const channel = createChannel({ port: ports.child, clock, onViolation: failOnViolation });
  const states: string[] = [];
  const seen: string[] = [];
  const opened: number[] = [];
  const raised: string[] = [];
  runner.on(alerts.raised, ({ kind }) => void raised.push(kind));
  runner.on(connection.changed, ({ state }) => void states.push(state));
  runner.on(connection.socketOpened, ({ generation }) => void opened.push(generation));
  const bot = createScriptedBot(clock, false);
  const life = { ending: false };
  const standIn = createStandIn({
    channel,
    obey: (own) => bot.attach(own),
    settings: connectionSettings({ initialDelayMs: 3000, maxDelayMs: 60_000, maxRetries: 3 }),
    onChanged: ({ state }) => void seen.push(state),
    watchdog: watchdogSettings(60_000),
    schedule: undefined,
    isEnding: () => life.ending,
    clock,
    random: () => 0,
    log,
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  return { bot, standIn, runner, states, seen, opened, raised, life, pass, clock };
};

describe("the stand-in for the keeper", () => {
  test("decides only when no keeper was heard for five seconds", async () => {
    const { bot, standIn, pass, states, seen } = await setUp();
    await pass(4_999);
    expect(bot.orders).toEqual([]);
    await pass(1);
    expect(bot.orders).toEqual(["describe", "connect 1"]);
    expect(states).toEqual(["connecting"]);
    expect(seen).toEqual(["connecting"]);
    standIn.stop();
  });

  test("leaves everything to a keeper that speaks", async () => {
    const { bot, standIn, pass, clock } = await setUp();
    await pass(4_000);
    standIn.keeperHeard();
    await pass(600_000);
    expect(bot.orders).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("takes over the socket of a keeper that is gone, and reconnects in its place", async () => {
    const { bot, standIn, runner, pass, opened } = await setUp();
    standIn.keeperHeard();
    runner.emit(connection.keeperLost, {});
    await settle();
    await pass(5_000);
    expect(bot.orders).toEqual(["describe", "connect 1"]);
    standIn.emit(connection.socketOpened, { generation: 1 });
    bot.open();
    await settle();
    expect(opened).toEqual([1]);
    bot.close(428);
    await settle();
    await pass(3_000);
    expect(bot.orders).toEqual(["describe", "connect 1", "connect 2"]);
    standIn.stop();
  });

  test("stops deciding in the moment in which the keeper is back, and ends no socket", async () => {
    const { bot, standIn, pass, clock } = await setUp();
    await pass(5_000);
    bot.open();
    await settle();
    standIn.keeperHeard();
    expect(clock.pending).toBe(0);
    bot.close(428);
    await settle();
    await pass(600_000);
    expect(bot.orders).toEqual(["describe", "connect 1"]);
  });

  test("raises in the keeper's place what a person should hear of", async () => {
    const { bot, standIn, raised, states, pass } = await setUp();
    await pass(5_000);
    standIn.emit(connection.socketOpened, { generation: 1 });
    bot.open();
    bot.close(401);
    await settle();
    expect([states.at(-1), raised]).toEqual(["logged-out", ["logged-out"]]);
    standIn.stop();
  });

  test("takes a person's wish for a connection, and says so while nobody decides", async () => {
    const { bot, standIn, runner, pass } = await setUp();
    const wish = () => runner.request(connection.reconnect, { reason: "x" }, { deadlineMs: 1000 });
    await expect(wish()).rejects.toMatchObject({ code: "connection.noKeeper", hint: expect.any(String) });
    await pass(5_000);
    standIn.emit(connection.socketOpened, { generation: 1 });
    bot.open();
    await settle();
    await wish();
    await pass(2_000);
    expect(bot.orders).toEqual(["describe", "connect 1", "end 1", "connect 2"]);
    standIn.stop();
  });

  test("does not begin in a bot that ends", async () => {
    const { bot, life, pass } = await setUp();
    life.ending = true;
    await pass(60_000);
    expect(bot.orders).toEqual([]);
  });
});
