import type { WatchdogEffect } from "./effect.ts";
import type { WatchdogSettings } from "./settings.ts";
import type { Awake, Doubt, WatchdogMemory, WatchdogState } from "./state.ts";

/** The next state and what to do. */
export type Step = readonly [WatchdogState, readonly WatchdogEffect[]];

export const NO_DOUBT: Doubt = { kind: "none" };

/** A later generation: whatever was asked before is late from here on. */
export const nextOf = ({ generation, troubles, dead, restarts }: WatchdogMemory): WatchdogMemory => ({
  generation: generation + 1,
  troubles,
  dead,
  restarts,
});

/** One more of this kind in a row. */
export const more = (doubt: Doubt, kind: "mute" | "gone"): Exclude<Doubt, { kind: "none" }> => ({
  kind,
  times: doubt.kind === kind ? doubt.times + 1 : 1,
});

/** Cancels the timer of the state that is left. */
export const leave = ({ status }: WatchdogState): readonly WatchdogEffect[] =>
  status === "resting" ? [{ type: "cancelTimer", name: "look" }] : [];

export interface Rest {
  readonly socket: number;
  readonly doubt: Doubt;
  readonly looks: number;
}

/** Nothing to do until the next look. */
export const toResting = (old: WatchdogMemory, rest: Rest, delayMs: number): Step => {
  const memory = nextOf(old);
  return [
    { status: "resting", memory, ...rest },
    [{ type: "startTimer", name: "look", delayMs, generation: memory.generation }],
  ];
};

/** Asks for the vitals. */
export const ask = (settings: WatchdogSettings, generation: number): WatchdogEffect => ({
  type: "askVitals",
  generation,
  deadlineMs: settings.vitalsDeadlineMs,
});

/** Sends a ping, the `attempt`th of a row that began with so many frames. */
export const toProbing = (
  settings: WatchdogSettings,
  state: Awake,
  probe: { readonly frames: number; readonly attempt: number; readonly reason: string },
): Step => {
  const { socket } = state;
  const { frames, attempt, reason } = probe;
  const memory = nextOf(state.memory);
  return [
    { status: "probing", memory, socket, doubt: NO_DOUBT, frames, attempt },
    [{ type: "probe", generation: memory.generation, deadlineMs: settings.probeDeadlineMs, attempt, reason }],
  ];
};
