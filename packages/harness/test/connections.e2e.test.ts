import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { delay, systemClock } from "@blacksky/machine";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BOT_PHONE, createWorld, type Tree, type World } from "../src/index.ts";
import { onDatabase } from "./support/on-database.ts";

// Small plans have 20, for two instances that overlap and a person who looks.
const PER_INSTANCE = 4;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** Counts the connections to a database until it is told to stop; resolves with the most there were at once. */
const countConnections = (databaseUrl: string): { stop(): Promise<number> } => {
  const ending = new AbortController();
  const name = new URL(databaseUrl).pathname.slice(1);
  const counting = onDatabase(world.database.connectionString, async (database) => {
    let most = 0;
    while (!ending.signal.aborted) {
      const row = await database.row<{ n: number }>(
        "select count(*)::int as n from pg_stat_activity where datname = $1",
        [name],
      );
      most = Math.max(most, row?.n ?? 0);
      await delay(systemClock, 5, ending.signal).catch(() => undefined);
    }
    return most;
  });
  return {
    stop() {
      ending.abort();
      return counting;
    },
  };
};

const takeSnapshots = async (tree: Tree, count: number): Promise<void> => {
  const replies = await Promise.all(Array.from({ length: count }, () => tree.act("backup")));
  for (const { status } of replies) expect(status).toBe(202);
};

test("one instance has four connections to PostgreSQL at most, whatever it does, and two have eight", async () => {
  const home = await world.createHome();
  const first = await home.startPaired();
  await world.owner.ask(BOT_PHONE, ".ping", 20_000);
  first.signal("SIGTERM", "group");
  await first.exited;
  home.wipeDisk();

  // It restores, renews its lease, replicates and takes snapshots, all at once.
  const alone = countConnections(home.databaseUrl);
  const env = { LEASE_TTL: "4000" };
  const second = await home.start({ env });
  await second.waitUntilOpen();
  const asking = Promise.all(Array.from({ length: 10 }, () => world.friend.ask(BOT_PHONE, ".ping", 30_000)));
  await takeSnapshots(second, 4);
  await asking;
  const most = await alone.stop();
  expect(most).toBeGreaterThanOrEqual(1);
  expect(most).toBeLessThanOrEqual(PER_INSTANCE);

  const both = countConnections(home.databaseUrl);
  const dataDir = mkdtempSync(join(tmpdir(), "blacksky-second-"));
  const standby = await home.start({ dataDir, env });
  await standby.waitForHealth("it stands by", ({ connection }) => connection.state === "standby");
  const more = Promise.all(Array.from({ length: 10 }, () => world.friend.ask(BOT_PHONE, ".ping", 30_000)));
  await takeSnapshots(second, 4);
  await more;
  second.signal("SIGTERM", "group");
  await standby.waitUntilOpen();
  const together = await both.stop();
  await standby.stop();
  rmSync(dataDir, { recursive: true, force: true });
  expect(together).toBeGreaterThanOrEqual(2);
  expect(together).toBeLessThanOrEqual(2 * PER_INSTANCE);
});
