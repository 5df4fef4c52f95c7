import { describe, expect, test } from "@jest/globals";
import { EXIT } from "@blacksky/errors";
import { pick, seededRandom, type Random } from "@blacksky/machine";
import { contextOf } from "../testing/contexts.ts";
import type { Allowance, ChildEvent, TimerName } from "./event.ts";
import { initialChildState, type ChildState } from "./state.ts";
import { childTransition } from "./transition.ts";

const timers: readonly TimerName[] = ["start", "ping", "hang", "backOff", "shutdown", "kill"];
const allowances: readonly Allowance[] = ["withinIntensity", "intensityExceeded", "supervisorStopping"];
const codes = [0, 1, null, EXIT.config, EXIT.unavailable];

/** Any event, sensible or not, of this generation or another. */
const anyEvent = (random: Random, current: number): ChildEvent => {
  const generation = pick(random, [current, current, current, current - 1, current + 1]);
  const chance = random();
  const allowance = pick(random, [...allowances.slice(0, 1), ...allowances]);
  return pick<ChildEvent>(random, [
    { type: "start" },
    { type: "stop", reason: "walk" },
    { type: "recycle", reason: "walk" },
    { type: "spawned", generation, pid: 1 },
    { type: "helloed", generation, protocolVersion: random() < 0.9 ? 7 : 6 },
    { type: "ready", generation },
    { type: "pinged", generation },
    { type: "drained", generation, unfinished: 1 },
    { type: "violated", generation, why: "walk" },
    { type: "timer", generation, name: pick(random, timers) },
    { type: "timer", generation, name: pick(random, timers) },
    { type: "exited", generation, code: pick(random, codes), signal: null, chance, allowance },
    { type: "spawnFailed", generation, why: "walk", chance, allowance },
  ]);
};

/** Whether a process of the current generation may be there. */
const mayLive = ({ status }: ChildState): boolean => ["starting", "running", "stopping"].includes(status);

const walk = (seed: number): void => {
  const random = seededRandom(seed);
  const context = contextOf({ restart: pick(random, ["permanent", "transient", "temporary"]) });
  let state = initialChildState;
  let now = 0;
  for (let steps = 0; steps < 300; steps += 1) {
    now += Math.floor(random() * 5000);
    const event = anyEvent(random, state.tally.generation);
    const [next, effects] = childTransition(context, state, event, now);
    const spawns = effects.filter(({ type }) => type === "spawn").length;
    const ended = event.type === "exited" || event.type === "spawnFailed";
    expect(next.tally.generation).toBe(state.tally.generation + spawns);
    // A spawn beside a process that may live would be the second of one child.
    if (spawns > 0) expect(!mayLive(state) || ended).toBe(true);
    if (state.status === "failed") expect(next).toBe(state);
    if (mayLive(state) && !mayLive(next)) expect(ended || (event.type === "timer" && event.name === "kill")).toBe(true);
    state = next;
  }
};

describe("any sequence of events", () => {
  test("makes no second process, lets no failed child rise, loses no process, and only grows the generation", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      try {
        walk(seed);
      } catch (error) {
        throw new Error(`seed ${String(seed)}`, { cause: error });
      }
    }
  });
});
