import type { WatchdogEffect } from "./effect.ts";
import { more, NO_DOUBT, toResting, type Step } from "./moves.ts";
import type { WatchdogSettings } from "./settings.ts";
import type { Awake, WatchdogMemory } from "./state.ts";

/** The ladder up: ping (elsewhere), a fresh connection, a fresh bot process, a person. */

interface Climb {
  readonly memory: WatchdogMemory;
  readonly effects: readonly WatchdogEffect[];
}

const trouble = (settings: WatchdogSettings, old: WatchdogMemory): Climb => {
  const memory = { ...old, generation: old.generation + 1, troubles: old.troubles + 1 };
  return {
    memory,
    effects: [{ type: "startTimer", name: "calm", delayMs: settings.calmMs, generation: memory.troubles }],
  };
};

const restart = ({ memory: old, effects }: Climb, reason: string): Climb => {
  const memory = { ...old, dead: 0, restarts: old.restarts + 1 };
  const again: readonly WatchdogEffect[] =
    memory.restarts === 2 ? [{ type: "alert", text: `A restart of the bot did not help: ${reason}` }] : [];
  return { memory, effects: [...effects, { type: "restartBot", reason }, ...again] };
};

/** The socket is dead. The machine that decides over the connection takes it from here. */
export const declareDead = (settings: WatchdogSettings, state: Awake, reason: string): Step => {
  const { memory: old, effects } = trouble(settings, state.memory);
  const memory = { ...old, dead: old.dead + 1 };
  const climb: Climb = { memory, effects: [...effects, { type: "declareDead", socket: state.socket, reason }] };
  if (memory.dead < settings.deadLimit) return [{ status: "off", memory }, climb.effects];
  const times = String(memory.dead);
  const further = restart(climb, `The connection to WhatsApp was found dead ${times} times in a short while.`);
  return [{ status: "off", memory: further.memory }, further.effects];
};

/** The bot did not answer: perhaps it is busy, and after a while it is stuck. */
export const missed = (settings: WatchdogSettings, state: Awake, looks: number): Step => {
  const { socket } = state;
  const doubt = more(state.doubt, "mute");
  if (doubt.times < settings.missLimit) {
    return toResting(state.memory, { socket, doubt, looks }, settings.missPauseMs);
  }
  const { memory, effects } = restart(
    trouble(settings, state.memory),
    `The bot did not answer ${String(doubt.times)} questions in a row.`,
  );
  const [resting, timers] = toResting(memory, { socket, doubt: NO_DOUBT, looks: 0 }, settings.lookMs);
  return [resting, [...effects, ...timers]];
};

/** The bot knows of no such open socket: either news of its end is on its way, or it was lost. */
export const absent = (settings: WatchdogSettings, state: Awake, looks: number): Step => {
  const { socket, memory } = state;
  const doubt = more(state.doubt, "gone");
  if (doubt.times < settings.missLimit) return toResting(memory, { socket, doubt, looks }, settings.lookMs);
  return declareDead(settings, state, "The bot has had no open connection to WhatsApp for a while.");
};
