import type { Transition } from "@blacksky/machine";
import { onAlive } from "./alive.ts";
import type { ChildContext, Step } from "./context.ts";
import type { ChildEffect } from "./effect.ts";
import type { ChildEvent } from "./event.ts";
import { launch } from "./launch.ts";
import type { BackingOffState, ChildState } from "./state.ts";
import { onStopping } from "./stopping.ts";

/**
 * The life of one child; SPEC.md beside this file has the picture and the assumptions.
 *
 *   stopped → starting → running → stopping → stopped
 *                ↑  └───────┴──→ backingOff | failed
 *                └── backingOff
 */
export const childTransition: Transition<ChildContext, ChildState, ChildEvent, ChildEffect> = (
  context,
  state,
  event,
  now,
) => {
  // News of a process that has been replaced.
  if ("generation" in event && event.generation !== state.tally.generation) return [state, []];
  switch (state.status) {
    case "stopped":
      return event.type === "start" ? launch(context, state.tally, now) : [state, []];
    case "starting":
    case "running":
      return onAlive(context, state, event, now);
    case "backingOff":
      return onBackingOff(context, state, event, now);
    case "stopping":
      return onStopping(context, state, event, now);
    case "failed":
      return [state, []];
  }
};

const onBackingOff = (context: ChildContext, state: BackingOffState, event: ChildEvent, now: number): Step => {
  const cancel: ChildEffect = { type: "cancelTimer", name: "backOff" };
  if (event.type === "stop") return [{ status: "stopped", tally: state.tally }, [cancel]];
  const due = event.type === "timer" && event.name === "backOff";
  if (!due && event.type !== "recycle") return [state, []];
  // Whoever asks for a planned restart need not wait, but the restart that was due is the one that happens.
  const [next, effects] = launch(context, { ...state.tally, restarts: state.tally.restarts + 1 }, now);
  return [next, due ? effects : [cancel, ...effects]];
};
