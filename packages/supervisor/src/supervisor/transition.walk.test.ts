import { describe, expect, test } from "@jest/globals";
import { pick, seededRandom } from "@blacksky/machine";
import { contextOf } from "../testing/contexts.ts";
import { createRandomWorld } from "../testing/random-world.ts";
import type { SupervisorContext } from "./state.ts";

const intensity = { restarts: 3, periodMs: 60_000 };
const context: SupervisorContext = {
  intensity,
  children: [contextOf({ id: "backup" }), contextOf({ id: "job", restart: "transient" }), contextOf({ id: "bot" })],
};
/** Three children, each with its shutdown time and the patience after SIGKILL. */
const STOP_LIMIT_MS = 3 * (2000 + 3000 + 1000);

const walk = (seed: number): { readonly restarts: number; readonly escalated: boolean } => {
  const random = seededRandom(seed);
  const world = createRandomWorld(context, random, pick(random, [0, 0.5, 0.9, 1]));
  const { machine, clock } = world;
  machine.send({ type: "start" });
  const steps = Math.floor(random() * 400);
  for (let step = 0; step < steps && machine.state.status !== "ended"; step += 1) world.step();
  machine.send({ type: "stop", reason: "the walk ends" });
  clock.advance(STOP_LIMIT_MS);

  expect(world.broken).toEqual([]);
  expect(machine.state.status).toBe("ended");
  const times = world.restartedAtMs;
  for (const atMs of times) {
    const within = times.filter((other) => other >= atMs && other - atMs <= intensity.periodMs);
    expect(within.length).toBeLessThanOrEqual(intensity.restarts);
  }
  const { state } = machine;
  return { restarts: times.length, escalated: state.status === "ended" && state.end.reason === "escalated" };
};

describe("a supervisor in a random world", () => {
  test("has never two processes of a child, restarts within the intensity, starts in order, and its stop always ends", () => {
    let restarts = 0;
    let escalated = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      try {
        const outcome = walk(seed);
        restarts += outcome.restarts;
        escalated += outcome.escalated ? 1 : 0;
      } catch (error) {
        throw new Error(`seed ${String(seed)}: ${String(error)}`, { cause: error });
      }
    }
    // The walk must have seen both sides.
    expect(restarts).toBeGreaterThan(80);
    expect(escalated).toBeGreaterThan(20);
    expect(escalated).toBeLessThan(180);
  });
});
