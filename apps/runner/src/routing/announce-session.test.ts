import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { session } from "@blacksky/protocol";
import { expect, test } from "@jest/globals";
import { createNews, listenForNews } from "../health/news.ts";
import { sessionStatus } from "../health/testing/session-status.ts";
import { announceSession } from "./announce-session.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const connect = (): { ours: Channel; theirs: Channel } => {
  const ports = linkPorts();
  const open = (port: (typeof ports)["parent"]): Channel =>
    createChannel({
      port,
      clock: createFakeClock(),
      onViolation: (error) => {
        throw error;
      },
    });
  return { ours: open(ports.parent), theirs: open(ports.child) };
};

const setUp = () => {
  const news = createNews();
  let living: Channel | undefined;
  const startBackup = () => {
    const { ours, theirs } = connect();
    listenForNews(news, "backup", ours);
    announceSession("backup", ours, () => living, news);
    return async (phase: "standby" | "restoring" | "active"): Promise<void> => {
      theirs.emit(session.statusChanged, sessionStatus(phase));
      await settle();
    };
  };
  const startBot = () => {
    const { ours, theirs } = connect();
    const bot = { told: 0 };
    theirs.on(session.available, () => (bot.told += 1));
    living = ours;
    announceSession("bot", ours, () => living, news);
    return bot;
  };
  return { startBackup, startBot };
};

test("a bot that waits is told once that the session is available", async () => {
  const { startBackup, startBot } = setUp();
  const tell = startBackup();
  await tell("standby");
  const bot = startBot();
  await tell("restoring");
  expect(bot.told).toBe(0);
  await tell("active");
  await tell("active");
  expect(bot.told).toBe(1);
});

test("a bot that starts later is told at once, and not while the session is another's", async () => {
  const { startBackup, startBot } = setUp();
  const tell = startBackup();
  await tell("active");
  const late = startBot();
  await settle();
  expect(late.told).toBe(1);
  await tell("standby");
  const waiting = startBot();
  await settle();
  expect(waiting.told).toBe(0);
  await tell("active");
  expect([late.told, waiting.told]).toEqual([1, 1]);
});

test("another backup worker tells again when it has the session", async () => {
  const { startBackup, startBot } = setUp();
  const bot = startBot();
  await startBackup()("active");
  const tell = startBackup();
  await tell("restoring");
  await tell("active");
  expect(bot.told).toBe(2);
});
