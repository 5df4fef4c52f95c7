import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { storePath } from "@blacksky/store";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { BOT_PHONE, createWorld, SESSION_ID, type Tree, type World, waitFor } from "../src/index.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** Takes and gives the room on the disk of running processes; part of util-linux, so Linux only. */
const canFillDisk = spawnSync("prlimit", ["--version"]).status === 0;

/** What a full disk is to a writer: no file grows beyond this. Those who are started later inherit it. */
const limitFiles = async (tree: Tree, bytes: number | "unlimited"): Promise<void> => {
  const { workers } = await tree.health();
  const pids = [tree.pid, workers.bot.pid, workers.backup.pid].filter((pid) => pid !== null);
  for (const pid of pids) {
    // Between two starts of a bot there is none.
    const limited = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
    if (pid === tree.pid && limited.status !== 0) throw new Error(String(limited.stderr));
  }
};

(canFillDisk ? test : test.skip)(
  "a disk that fills while PostgreSQL is away costs no session: the bot waits for room, and the replica for PostgreSQL",
  async () => {
    const home = await world.createHome();
    const tree = await home.startPaired();
    await world.owner.ask(BOT_PHONE, ".ping", 20_000);
    await world.friend.ask(BOT_PHONE, ".ping", 20_000);
    await tree.waitForHealth("all is well", ({ status }) => status === "ok");

    await world.database.kill9();
    await world.owner.ask(BOT_PHONE, ".ping", 20_000);
    await tree.waitForHealth("the outage shows", ({ databaseConnected }) => !databaseConnected);
    const { size } = statSync(join(storePath(home.dataDir, SESSION_ID), "data.mdb"));
    await limitFiles(tree, size);
    // The answer quotes more than the store has room for.
    const said = await world.friend.say(BOT_PHONE, `.ping ${"x".repeat(1_000_000)}`);
    await waitFor("it is told", () => tree.output().includes("store.full") || undefined, 30_000);
    expect(tree.output()).toContain("Free disk space, then try again; what is stored is safe and readable.");
    expect(world.friend.received.filter(({ quotedId }) => quotedId === said.id)).toEqual([]);

    await limitFiles(tree, "unlimited");
    await tree.waitForHealth("another bot runs", ({ workers: { bot } }) => bot.state === "running" && bot.restarts > 0);
    await tree.waitUntilOpen();
    await world.friend.ask(BOT_PHONE, ".ping", 30_000);
    const waiting = await tree.waitUntilOpen();
    expect(waiting).toMatchObject({ status: "degraded", databaseConnected: false });
    expect(waiting.session.position).toBeGreaterThan(waiting.session.replicatedPosition);

    await world.database.start();
    await tree.waitForHealth("it has caught up", ({ status, session }) => status === "ok" && session.lease.held);
    await world.owner.ask(BOT_PHONE, ".ping", 20_000);
    tree.signal("SIGTERM", "group");
    expect(await tree.exited).toEqual({ code: 0, signal: null });
    const { local, replica } = await home.compareReplica();
    expect(replica).toEqual(local);
    expect(world.simulator.ledger()).toMatchObject({ pairings: 1 });
  },
  180_000,
);
