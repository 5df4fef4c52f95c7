import { BlackskyError } from "@blacksky/errors";
import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import { createNews, type News } from "../health/news.ts";
import { sessionStatus } from "../health/testing/session-status.ts";
import { createConnectionActions } from "./connection-actions.ts";
import { findDecider, routeMessages } from "./route-messages.ts";

const failOnViolation = (error: Error): never => {
  throw error;
};

const clock = createFakeClock();

/** A worker that answers `connection.reconnect`, as the runner sees it, and its own end. */
const createWorker = (name: string, asked: string[], refusal?: BlackskyError): { ours: Channel; theirs: Channel } => {
  const ports = linkPorts();
  const theirs = createChannel({ port: ports.child, clock, onViolation: failOnViolation });
  theirs.handle(connection.reconnect, ({ reason }) => {
    asked.push(`${name}: ${reason}`);
    if (refusal !== undefined) throw refusal;
    return {};
  });
  theirs.handle(connection.overrule, ({ at }) => {
    asked.push(`${name}: forget until ${String(at)}`);
    return {};
  });
  return { ours: createChannel({ port: ports.parent, clock, onViolation: failOnViolation }), theirs };
};

const picture = (state: NonNullable<News["connection"]>["state"]): News["connection"] => ({
  state,
  since: 0,
  reconnectAttempts: 0,
  nextAttemptAt: null,
  lastDisconnect: null,
});

const setUp = (workers: readonly string[], refusal?: BlackskyError) => {
  const asked: string[] = [];
  const channels = new Map(workers.map((name) => [name, createWorker(name, asked, refusal).ours]));
  const news = createNews();
  news.session = sessionStatus("active");
  const life = { draining: false };
  const restarts: string[] = [];
  const actions = createConnectionActions({
    find: (id) => channels.get(id),
    news,
    isDraining: () => life.draining,
    now: () => 1234,
    restart: (scope, reason) => void restarts.push(`${scope}: ${reason}`),
  });
  return { actions, asked, restarts, news, life };
};

describe("a connection ordered from outside", () => {
  test("is the keeper's to decide, or the bot's in its place", async () => {
    const both = setUp(["keeper", "bot"]);
    await both.actions.reconnect("a person");
    expect(both.asked).toEqual(["keeper: a person"]);
    const alone = setUp(["bot"]);
    await alone.actions.reconnect("a person");
    expect(alone.asked).toEqual(["bot: a person"]);
  });

  test("is refused in words while nobody decides, on a standby, and at the end", async () => {
    await expect(setUp([]).actions.reconnect("x")).rejects.toMatchObject({ code: "ipc.noReceiver" });
    const standby = setUp(["keeper", "bot"]);
    standby.news.session = sessionStatus("standby");
    await expect(standby.actions.reconnect("x")).rejects.toMatchObject({ code: "connection.standby" });
    const ending = setUp(["keeper", "bot"]);
    ending.life.draining = true;
    await expect(ending.actions.reconnect("x")).rejects.toMatchObject({ code: "runner.draining" });
    await expect(ending.actions.restart("bot", "x")).rejects.toMatchObject({ code: "runner.draining" });
    expect([...standby.asked, ...ending.asked, ...ending.restarts]).toEqual([]);
  });

  test("passes the keeper's refusal on", async () => {
    const { actions } = setUp(["keeper"], new BlackskyError("connection.held", "A pause.", { hint: "Wait." }));
    await expect(actions.reconnect("x")).rejects.toMatchObject({ code: "connection.held", hint: "Wait." });
  });

  test("a restart goes on only where a person's word is needed", async () => {
    const { actions, asked, restarts, news } = setUp(["keeper", "bot"]);
    news.connection = picture("open");
    await actions.restart("bot", "a person");
    news.connection = picture("logged-out");
    await actions.restart("bot", "another");
    expect(restarts).toEqual(["bot: a person", "bot: another"]);
    expect(asked).toEqual(["keeper: another"]);
  });

  test("a restart of all that has to go on tells the bot itself, for its keeper would not live to say so", async () => {
    const { actions, asked, restarts, news } = setUp(["keeper", "bot"]);
    news.connection = picture("replaced");
    await actions.restart("all", "a person");
    expect([asked, restarts]).toEqual([["bot: forget until 1234"], ["all: a person"]]);
    const without = setUp(["keeper"]);
    without.news.connection = picture("refused");
    await expect(without.actions.restart("all", "x")).rejects.toMatchObject({ code: "ipc.noReceiver" });
    expect(without.restarts).toEqual([]);
  });
});

describe("a connection ordered in the chat", () => {
  test("goes to the keeper, and back to the bot's own controller where there is none", async () => {
    const asked: string[] = [];
    const bot = createWorker("bot", asked);
    const keeper = createWorker("keeper", asked);
    const channels = new Map([["bot", bot.ours]]);
    routeMessages(
      "bot",
      bot.ours,
      (id) => channels.get(id),
      () => Promise.resolve(true),
    );
    const order = () => bot.theirs.request(connection.reconnect, { reason: "chat" }, { deadlineMs: 1000 });
    await order();
    channels.set("keeper", keeper.ours);
    await order();
    expect(asked).toEqual(["bot: chat", "keeper: chat"]);
    expect(findDecider(() => undefined)).toBeUndefined();
  });
});
