import { pick, seededRandom, type Random } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import type { WatchdogEvent, WatchdogTimer } from "./event.ts";
import type { Step } from "./moves.ts";
import { watchdogSettings } from "./settings.ts";
import { initialWatchdog, type WatchdogState, type WatchdogStatus } from "./state.ts";
import { transitionWatchdog } from "./transition.ts";

const settings = watchdogSettings(60_000);

/** What is under way in the world outside, as the effects make it: at most one of these may be awaited. */
interface World {
  readonly timers: Set<WatchdogTimer>;
  awaited: "vitals" | "probe" | undefined;
}

const anyEvent = (random: Random, { memory }: WatchdogState): WatchdogEvent => {
  const generation = memory.generation + pick(random, [0, 0, 0, 0, -1]);
  const socket = pick(random, [1, 1, 1, 1, 1, 2]);
  const vitals = {
    socket: pick(random, [
      null,
      ...Array.from({ length: 9 }, () => ({
        generation: socket,
        frames: Math.floor(random() * 3),
        silentMs: random() * 50_000,
      })),
    ]),
    lagMs: random() * 3000,
    sending: random() < 0.5,
  };
  return pick<WatchdogEvent>(random, [
    random() < 0.2 ? { type: "left" } : { type: "opened", socket },
    random() < 0.1 ? { type: "timer", name: "calm", generation: memory.troubles } : { type: "opened", socket },
    ...Array.from({ length: 4 }, (): WatchdogEvent => ({ type: "timer", name: "look", generation })),
    ...Array.from({ length: 5 }, (): WatchdogEvent => ({ type: "vitalsRead", generation, vitals })),
    ...Array.from({ length: 4 }, (): WatchdogEvent => ({ type: "vitalsMissed", generation })),
    { type: "probeAnswered", generation },
    ...Array.from({ length: 3 }, (): WatchdogEvent => ({
      type: "probeFailed",
      generation,
      cause: pick(random, ["unanswered", "mute"]),
    })),
  ]);
};

/** Whether the world can tell this now. */
const isPossible = (world: World, event: WatchdogEvent): boolean => {
  switch (event.type) {
    case "timer":
      return world.timers.has(event.name);
    case "vitalsRead":
    case "vitalsMissed":
      return world.awaited === "vitals";
    case "probeAnswered":
    case "probeFailed":
      return world.awaited === "probe";
    case "opened":
    case "left":
      return true;
  }
};

const carryOut = (world: World, effects: Step[1]): void => {
  for (const effect of effects) {
    if (effect.type === "startTimer") world.timers.add(effect.name);
    if (effect.type === "cancelTimer") world.timers.delete(effect.name);
    if (effect.type === "askVitals") world.awaited = "vitals";
    if (effect.type === "probe") world.awaited = "probe";
  }
};

const AWAITED: Record<WatchdogStatus, World["awaited"]> = {
  off: undefined,
  resting: undefined,
  asking: "vitals",
  judging: "vitals",
  probing: "probe",
};

const checkStep = (state: WatchdogState, [next, effects]: Step): void => {
  expect(next.memory.generation).toBeGreaterThanOrEqual(state.memory.generation);
  expect(next.memory.troubles).toBeGreaterThanOrEqual(state.memory.troubles);
  const wanted = effects.map(({ type }) => type);
  expect(wanted.filter((type) => type === "askVitals" || type === "probe").length).toBeLessThanOrEqual(1);
  // Silence alone is no evidence: only a ping that failed, or a bot that has no such socket, leads to a verdict.
  if (wanted.includes("declareDead")) {
    expect(["judging", "asking"]).toContain(state.status);
    if (state.status === "asking") expect(state.doubt).toMatchObject({ kind: "gone" });
    expect(next.status).toBe("off");
  }
  if (wanted.includes("alert")) expect(wanted).toContain("restartBot");
};

const walk = (seed: number, steps: number): Set<string> => {
  const random = seededRandom(seed);
  const world: World = { timers: new Set(), awaited: undefined };
  const seen = new Set<string>();
  let state: WatchdogState = initialWatchdog;
  for (let count = 0; count < steps; count += 1) {
    const event = anyEvent(random, state);
    const late = "generation" in event && event.type !== "timer" && event.generation < state.memory.generation;
    if (!late && !isPossible(world, event)) continue;
    const fires = event.type === "timer" && (event.name === "calm" || event.generation === state.memory.generation);
    if (fires) world.timers.delete(event.name);
    const step = transitionWatchdog(settings, state, event, count);
    checkStep(state, step);
    carryOut(world, step[1]);
    [state] = step;
    world.awaited = AWAITED[state.status];
    expect(world.timers.has("look")).toBe(state.status === "resting");
    seen.add(state.status);
    for (const { type } of step[1]) seen.add(type);
  }
  return seen;
};

describe("whatever happens", () => {
  test.each([1, 20_260_102, 4_242])(
    "it always looks again, asks one thing at a time and judges on evidence (seed %i)",
    (seed) => {
      const seen = walk(seed, 4000);
      for (const each of ["declareDead", "restartBot", "alert", "probe", "judging", "off"])
        expect(seen).toContain(each);
    },
  );
});
