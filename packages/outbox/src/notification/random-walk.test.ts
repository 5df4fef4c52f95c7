import { pick, seededRandom, type Random } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import type { NotificationEvent } from "./event.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { newNotification, type NotificationMachineState } from "./state.ts";
import { transitionNotification } from "./transition.ts";

const settings = { ...DEFAULT_SETTINGS, maxAttempts: 4, maxRescues: 5, quickRescues: 2 };
const CODES = ["463", "479", "503", "404", "429"];

const anyEvent = (random: Random, generation: number): NotificationEvent => {
  const chance = random();
  const heard = generation - pick(random, [0, 0, 0, 1]);
  return pick<NotificationEvent>(random, [
    ...Array.from({ length: 6 }, (): NotificationEvent => ({ type: "due" })),
    ...Array.from({ length: 6 }, (): NotificationEvent => ({ type: "taken", generation: generation + 1 })),
    ...Array.from({ length: 2 }, (): NotificationEvent => ({ type: "refused", code: pick(random, CODES), chance })),
    ...Array.from({ length: 4 }, (): NotificationEvent => ({
      type: "failed",
      generation: heard,
      problem: "No.",
      chance,
    })),
    ...Array.from({ length: 3 }, (): NotificationEvent => ({ type: "interrupted", problem: "No." })),
    ...Array.from({ length: 3 }, (): NotificationEvent => ({ type: "rescued", chance })),
    ...(random() < 0.1 ? [{ type: "accepted" } as const, { type: "delivered" } as const] : []),
    ...(random() < 0.1 ? [{ type: "cancel" } as const, { type: "expired" } as const] : []),
    ...(random() < 0.1 ? [{ type: "impossible", problem: "Nobody." } as const, { type: "retry" } as const] : []),
  ]);
};

type Step = ReturnType<typeof transitionNotification>;

/** What is wrong with a step, if anything. Plain conditions: tens of thousands of `expect`s take half a minute. */
const findFault = (
  state: NotificationMachineState,
  next: NotificationMachineState,
  event: NotificationEvent,
): string | undefined => {
  if (next === state) return undefined;
  if (next.attempts < 0 || next.attempts > settings.maxAttempts) return "attempts";
  if (next.rescues > settings.maxRescues + 1) return "rescues";
  if (new Set(next.pardons).size !== next.pardons.length) return "pardons";
  if (state.status === "sent" && next.status !== "delivered") return "sent is left";
  if (state.status === "discarded" && !["retry", "cancel"].includes(event.type)) return "discarded is left";
  if (state.status === "delivered" || state.status === "cancelled") return "what is over goes on";
  if (next.status === "executing" && !["available", "retryable", "executing"].includes(state.status))
    return "out of turn";
  const isUnwanted = state.status === "executing" && state.unwanted;
  return isUnwanted && !["cancelled", "sent", "delivered"].includes(next.status)
    ? "what is not wanted goes on"
    : undefined;
};

const walk = (seed: number, steps: number): Set<string> => {
  const random = seededRandom(seed);
  const seen = new Set<string>();
  let now = 1_000_000;
  let generation = 0;
  let state: NotificationMachineState = newNotification(now);
  for (let count = 0; count < steps; count += 1) {
    now += Math.floor(random() * 120_000);
    const event = anyEvent(random, generation);
    const [next, effects]: Step = transitionNotification(settings, state, event, now);
    const fault = findFault(state, next, event) ?? (next === state && effects.length > 0 ? "effects" : undefined);
    if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify({ state, event, next })}`);
    if (next.status === "executing") ({ generation } = next);
    for (const { type } of effects) seen.add(type);
    seen.add(next.status);
    const isOver: boolean =
      ["delivered", "cancelled"].includes(next.status) || (next.status === "sent" && random() < 0.2);
    state = isOver ? newNotification(now, random() < 0.3 ? now + 60_000 : undefined) : next;
  }
  return seen;
};

describe("whatever happens", () => {
  test.each([1, 20_260_102, 4_242])("what is over stays so, and no attempt is one too many (seed %i)", (seed) => {
    const seen = walk(seed, 20_000);
    const everything = ["scheduled", "executing", "retryable", "sent", "delivered", "discarded", "cancelled"];
    expect([...seen]).toEqual(expect.arrayContaining([...everything, "queue", "refreshDevices"]));
  });
});
