import { HELLO_DEADLINE_MS } from "../defaults.ts";
import type { ChildContext, Step } from "./context.ts";
import type { ChildEffect } from "./effect.ts";
import type { Tally } from "./state.ts";

/** Begins the next generation. */
export const launch = ({ spec }: ChildContext, before: Tally, now: number): Step => {
  const tally = { ...before, generation: before.generation + 1 };
  const { generation } = tally;
  const effects: ChildEffect[] = [
    { type: "spawn", generation },
    { type: "startTimer", name: "hang", generation, delayMs: HELLO_DEADLINE_MS },
  ];
  if (spec.startMs !== null) effects.push({ type: "startTimer", name: "start", generation, delayMs: spec.startMs });
  const silence = { sinceMs: now, limitMs: HELLO_DEADLINE_MS };
  return [{ status: "starting", tally, pid: null, startedAtMs: now, silence }, effects];
};
