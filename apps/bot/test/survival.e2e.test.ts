import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startSimulator, type Account, type Person, type Simulator } from "@blacksky/simulator";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBotProcess, type BotProcess } from "./support/bot-process.ts";
import { eventually } from "./support/eventually.ts";
import { createHome, type Home } from "./support/home.ts";

const ANSWER_MS = 15_000;

describe("a bot in trouble", () => {
  let simulator: Simulator;
  let account: Account;
  let friend: Person;
  let home: Home;
  let bot: BotProcess;

  beforeAll(async () => {
    simulator = await startSimulator({ prekeyCount: 1 });
    account = await simulator.addAccount({ phone: "4915550000001" });
    friend = await simulator.addPerson({ phone: "4915550000003" });
    home = await createHome(simulator);
    bot = await home.startPaired(account);
  });

  afterAll(async () => {
    await home.close();
    await simulator.stop();
  });

  test("goes on after kill -9 without anybody having to ask for a message again", async () => {
    for (let round = 0; round < 3; round += 1) {
      const answer = await friend.ask(account.phone, ".ping", ANSWER_MS);
      expect(answer.count).toBe(1);
      await bot.kill();
      bot = home.start();
      await bot.waitUntilOpen();
    }
    await friend.ask(account.phone, ".ping", ANSWER_MS);
    const ledger = simulator.ledger();
    expect(ledger.retryReceipts).toBe(0);
    expect(ledger.messages.map(({ retried }) => retried)).not.toContain(1);
  });

  test("gives a recipient who lost the session the message once more", async () => {
    await friend.ask(account.phone, ".ping", ANSWER_MS);
    friend.forgetSessions();
    const asked = await friend.say(account.phone, ".help");
    const answer = await friend.waitForMessage(({ quotedId }) => quotedId === asked.id, ANSWER_MS);
    expect(answer.text).toContain(".ping");
  });

  test("finishes what it has in hand when it is told to stop", async () => {
    const asked = await Promise.all([1, 2, 3].map(() => friend.say(account.phone, ".ping")));
    await simulator.waitFor(({ type }) => type === "receipt.received", ANSWER_MS);
    expect(await bot.shutdown()).toEqual({ unfinished: 0 });
    expect(await bot.exited).toBe(0);
    bot = home.start();
    for (const { id } of asked) await friend.waitForMessage(({ quotedId }) => quotedId === id, ANSWER_MS);
  });

  test("ignores signals, and ends by itself when its parent is gone", async () => {
    await bot.waitUntilOpen();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) bot.child.kill(signal);
    await friend.ask(account.phone, ".ping", ANSWER_MS);
    bot.child.disconnect();
    expect(await bot.exited).toBe(0);
  });
});

/** Takes the room on the disk from a running process; part of util-linux, so Linux only. */
const canFillDisk = spawnSync("prlimit", ["--version"]).status === 0;

describe("a bot whose disk is full", () => {
  (canFillDisk ? test : test.skip)(
    "stops before it sends what it cannot store, says why, and goes on where it was once there is room",
    async () => {
      const simulator = await startSimulator({ prekeyCount: 1 });
      const account = await simulator.addAccount({ phone: "4915550000001" });
      const friend = await simulator.addPerson({ phone: "4915550000003" });
      const home = await createHome(simulator);
      const full = await home.startPaired(account);
      await friend.ask(account.phone, ".ping", ANSWER_MS);
      // What a full disk is to a writer: no file grows any more. The answer quotes more than the store has room for.
      const { size } = statSync(join(home.storePath, "data.mdb"));
      execFileSync("prlimit", ["--pid", String(full.child.pid), `--fsize=${String(size)}:${String(size)}`]);
      const asked = await friend.say(account.phone, `.ping ${"x".repeat(1_000_000)}`);
      expect(await full.exited).toBe(70);
      // What it wrote last may still be in the pipe when it has exited.
      await eventually("it says why", () => full.output().includes("The session can be kept no longer"));
      expect(full.output()).toContain("store.full");
      expect(simulator.ledger().messages.filter(({ quotedId }) => quotedId === asked.id)).toEqual([]);

      const roomy = home.start();
      await roomy.waitUntilOpen();
      expect(roomy.told.pairings.map(({ state }) => state)).toEqual(["paired"]);
      await friend.ask(account.phone, ".help", ANSWER_MS);
      await home.close();
      await simulator.stop();
    },
  );
});

describe("a bot that cannot have what it needs", () => {
  const bots: BotProcess[] = [];
  const folders: string[] = [];
  let server: Server | undefined;

  const start = (env: Record<string, string>): BotProcess => {
    const dataDir = mkdtempSync(join(tmpdir(), "blacksky-bot-"));
    folders.push(dataDir);
    const bot = startBotProcess({ dataDir, env });
    bots.push(bot);
    return bot;
  };

  afterAll(async () => {
    await Promise.all(bots.map((bot) => bot.kill()));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    server?.close();
  });

  test("refuses to invent an identity where nobody has looked for the old one", async () => {
    const bot = start({});
    expect(await bot.exited).toBe(75);
    expect(bot.output()).toContain("session.notRestored");
    expect(bot.told.pairings).toEqual([]);
  });

  test("leaves a damaged store to the restore, and tells so", async () => {
    const home = await createHome({ url: "ws://127.0.0.1:9/", rootKey: "00".repeat(32) });
    folders.push(home.dataDir);
    truncateSync(join(home.storePath, "data.mdb"), 6000);
    const bot = home.start();
    bots.push(bot);
    expect(await bot.exited).toBe(75);
    expect(bot.output()).toContain("store.truncated");
  });

  test("ends with the configuration's exit code when that is wrong", async () => {
    const bot = start({ PREFIX: "much too long" });
    expect(await bot.exited).toBe(64);
    expect(bot.output()).toContain("PREFIX");
  });

  test("does not hang on a server that refuses the upgrade", async () => {
    const refusing = createServer((_request, response) => response.writeHead(503).end());
    server = refusing;
    refusing.on("upgrade", (_request, socket) => {
      // The bot is killed at the end, which may reset a connection that is still closing.
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    });
    await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
    const { port } = refusing.address() as AddressInfo;
    const url = `ws://127.0.0.1:${String(port)}/ws/chat`;
    const home = await createHome({ url, rootKey: "00".repeat(32) });
    folders.push(home.dataDir);
    const bot = home.start();
    bots.push(bot);
    await eventually("the refusal is reported twice", () => bot.told.closed.length >= 2);
    expect(bot.told.closed[0]).toMatchObject({ code: 503, paired: false, intentional: false });
  });
});
