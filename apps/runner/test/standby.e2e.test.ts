import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createWorld, type World } from "@blacksky/harness";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let world: World;
let otherDataDir: string;

beforeAll(async () => {
  world = await createWorld();
  otherDataDir = mkdtempSync(join(tmpdir(), "blacksky-standby-"));
});
afterAll(async () => {
  await world.close();
  rmSync(otherDataDir, { recursive: true, force: true });
});

test("a second instance serves health, waits with its code loaded, and goes on with the session in the same processes", async () => {
  const home = await world.createHome();
  const holder = await home.startPaired();
  const standby = await home.start({ dataDir: otherDataDir });
  const { position } = (await holder.health()).session;
  const waiting = await standby.waitForHealth(
    "it stands by with a copy of the session",
    ({ session, workers }) => session.position >= position && workers.keeper.state === "running",
  );
  expect(waiting).toMatchObject({
    status: "degraded",
    connection: { state: "standby" },
    session: { lease: { held: false }, restoredFrom: null },
  });
  expect((await fetch(`${standby.monitorsUrl}/health`)).status).toBe(200);
  expect((await fetch(`${standby.url}/ready`)).status).toBe(503);
  const { logins } = world.simulator.ledger();

  holder.signal("SIGTERM", "group");
  expect((await holder.exited).code).toBe(0);
  const open = await standby.waitUntilOpen();
  expect(open.workers.bot.pid).toBe(waiting.workers.bot.pid);
  expect(open.session).toMatchObject({ restoredFrom: "replica", lease: { held: true, epoch: 2 } });
  const ledger = world.simulator.ledger();
  expect([ledger.logins - logins, ledger.pairings]).toEqual([1, 1]);
});

test("a bot that dies while it stands by is replaced by one that waits as well", async () => {
  const home = await world.createHome();
  const holder = await home.start();
  const dataDir = mkdtempSync(join(tmpdir(), "blacksky-standby-"));
  await holder.waitForHealth("it holds the lease", ({ session }) => session.lease.held);
  const standby = await home.start({ dataDir });
  const pid = await standby.workerPid("bot");
  process.kill(pid, "SIGKILL");
  const again = await standby.waitForHealth(
    "another bot waits",
    ({ workers }) => workers.bot.state === "running" && workers.bot.pid !== pid,
  );
  expect(again.connection.state).toBe("standby");
  await holder.stop();
  await standby.waitForPairing("qr");
  await standby.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
