import type { ChildContext } from "../child/context.ts";
import type { ChildSpec } from "../child-spec.ts";

/** A spec for tests. */
export const specOf = (more: Partial<ChildSpec> = {}): ChildSpec => ({
  id: "bot",
  script: "/app/bot.js",
  nodeOptions: [],
  env: {},
  restart: "permanent",
  startMs: 5000,
  shutdownMs: 2000,
  ...more,
});

/** A child's context for tests: no jitter unless the roll says so, round figures. */
export const contextOf = (more: Partial<ChildSpec> = {}): ChildContext => ({
  spec: specOf(more),
  intensity: { restarts: 3, periodMs: 60_000 },
  backOff: { initialMs: 500, maxMs: 30_000, factor: 2, jitter: 0.5 },
  heartbeat: { intervalMs: 1000, deadlineMs: 3000 },
  protocolVersion: 7,
});
