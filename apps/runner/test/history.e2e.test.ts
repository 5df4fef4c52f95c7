import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type World } from "@blacksky/harness";

let world: World;
let home: Home;

beforeAll(async () => {
  world = await createWorld();
  home = await world.createHome();
});
afterAll(() => world.close());

test("what became of the connection survives the bot, the keeper, and a dyno with a wiped disk", async () => {
  const first = await home.startPaired();
  world.simulator.faults.drop(BOT_PHONE);
  await first.waitForHealth("the drop is counted", ({ connection }) => connection.disconnects["428"] === 1);
  await first.waitUntilOpen();

  for (const worker of ["keeper", "bot"] as const) {
    const pid = await first.workerPid(worker);
    process.kill(pid, "SIGKILL");
    await first.waitForHealth(
      `a new ${worker} runs, and the connection is open`,
      ({ workers, connection }) =>
        workers[worker].pid !== pid && workers[worker].pid !== null && connection.state === "open",
    );
  }
  const before = await first.waitForHealth("it is open", ({ status }) => status === "ok");
  expect(before.connection.history.map(({ code }) => code)).toEqual(expect.arrayContaining([428, null]));
  first.signal("SIGTERM", "group");
  await first.exited;
  home.wipeDisk();

  const second = await home.start();
  const { connection } = await second.waitForHealth(
    "the history is back",
    (seen) => seen.connection.state === "open" && seen.connection.history.length > before.connection.history.length,
  );
  expect(connection.disconnects).toMatchObject({ 428: 1 });
  expect(connection.history.slice(0, before.connection.history.length)).toEqual(before.connection.history);
  expect(connection.uptime.day).toBeGreaterThan(0);
  expect(connection.uptime.day).toBeLessThan(100);
  expect(connection.uptime.week).toBe(connection.uptime.day);

  const { text } = await world.owner.ask(BOT_PHONE, ".status", 30_000);
  expect(text).toMatch(/open for [\d.]+ % of the last day/);
  expect(text).toMatch(/ended with .*428 \(1\)/);
  const metrics = await (await fetch(`${second.monitorsUrl}/metrics`)).text();
  expect(metrics).toMatch(/^blacksky_connection_uptime_ratio\{window="day"\} 0?\.?\d+/m);
  expect(metrics).toContain('blacksky_connection_disconnects_total{code="428"} 1');
}, 120_000);
