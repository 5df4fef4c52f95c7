import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, FRIEND_PHONE, OWNER_PHONE, waitFor, type World } from "@blacksky/harness";
import { parseMetrics, type ParsedMetric } from "./parse-metrics.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const SIZES = "blacksky_session_record_bytes";

test("GET /metrics shows the figures of a living bot and the sizes of its records, and nobody's number", async () => {
  const home = await world.createHome();
  const tree = await home.start();
  let text = "";
  const read = async (url: string): Promise<Record<string, ParsedMetric>> => {
    text = await (await fetch(`${url}/metrics`)).text();
    return parseMetrics(text);
  };
  // Before there is a session, and whatever runs yet.
  expect((await read(tree.monitorsUrl))["blacksky_uptime_seconds"]).toBeDefined();

  await home.pair(tree);
  expect((await world.owner.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
  await tree.waitForHealth("all is replicated", ({ session }) => session.replicatedPosition === session.position);
  const metrics = await waitFor(
    "records are measured",
    async () => {
      const found = await read(tree.url);
      return found[SIZES] === undefined ? undefined : found;
    },
    20_000,
  );
  const health = await tree.health();
  const valueOf = (name: string, labels = ""): number | undefined => metrics[name]?.samples[`${name}${labels}`];
  expect(valueOf("blacksky_connection_state", '{state="open"}')).toBe(1);
  expect(valueOf("blacksky_session_lease_epoch")).toBe(health.session.lease.epoch);
  expect(valueOf("blacksky_worker_running", '{worker="bot"}')).toBe(1);
  expect(valueOf("blacksky_session_position")).toBeGreaterThan(0);
  const samples = metrics[SIZES]?.samples ?? {};
  expect(samples[`${SIZES}_count{kind="creds"}`]).toBe(1);
  expect(samples[`${SIZES}_count{kind="pre-key"}`]).toBeGreaterThan(1);
  expect(samples[`${SIZES}_bucket{kind="creds",le="64"}`]).toBe(0);
  expect(samples[`${SIZES}_sum{kind="creds"}`]).toBeGreaterThan(500);
  for (const secret of [BOT_PHONE, OWNER_PHONE, FRIEND_PHONE, "@", "BLACKSKY-MD", "postgres:"]) {
    expect(text).not.toContain(secret);
  }
  await tree.stop();
  expect(await tree.exited).toEqual({ code: 0, signal: null });
});
