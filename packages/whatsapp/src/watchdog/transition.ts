import type { Transition } from "@blacksky/machine";
import type { WatchdogEffect } from "./effect.ts";
import type { Vitals, WatchdogEvent } from "./event.ts";
import { absent, declareDead, missed } from "./ladder.ts";
import { ask, leave, more, nextOf, NO_DOUBT, toProbing, toResting, type Step } from "./moves.ts";
import type { WatchdogSettings } from "./settings.ts";
import type { Asking, Awake, Judging, Probing, Resting, WatchdogState } from "./state.ts";

const isLate = ({ memory }: WatchdogState, event: WatchdogEvent): boolean => {
  switch (event.type) {
    case "timer":
      return event.generation !== (event.name === "calm" ? memory.troubles : memory.generation);
    case "vitalsRead":
    case "vitalsMissed":
    case "probeAnswered":
    case "probeFailed":
      return event.generation !== memory.generation;
    case "opened":
    case "left":
      return false;
  }
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Why a ping is due now, or nothing. */
const dueReason = (
  settings: WatchdogSettings,
  looks: number,
  silentMs: number,
  sending: boolean,
): string | undefined => {
  if (silentMs >= settings.silenceMs) return `Nothing has come from WhatsApp for ${seconds(silentMs)}.`;
  if (sending && silentMs >= settings.sendingSilenceMs) {
    return `A message is on its way, and nothing has come from WhatsApp for ${seconds(silentMs)}.`;
  }
  // The one after this would be too late.
  return (looks + 1) * settings.lookMs > settings.checkMs ? "It is time for one." : undefined;
};

const whileResting = (settings: WatchdogSettings, state: Resting, event: WatchdogEvent): Step => {
  if (event.type !== "timer" || event.name !== "look") return [state, []];
  const memory = nextOf(state.memory);
  return [{ ...state, status: "asking", memory, looks: state.looks + 1 }, [ask(settings, memory.generation)]];
};

const whileAsking = (settings: WatchdogSettings, state: Asking, event: WatchdogEvent): Step => {
  if (event.type === "vitalsMissed") return missed(settings, state, state.looks);
  if (event.type !== "vitalsRead") return [state, []];
  const { socket, sending } = event.vitals;
  if (socket?.generation !== state.socket) return absent(settings, state, state.looks);
  const reason = dueReason(settings, state.looks, socket.silentMs, sending);
  if (reason !== undefined) return toProbing(settings, state, { frames: socket.frames, attempt: 1, reason });
  return toResting(state.memory, { socket: state.socket, doubt: NO_DOUBT, looks: state.looks }, settings.lookMs);
};

const alive = (settings: WatchdogSettings, { memory, socket }: Awake): Step =>
  toResting(memory, { socket, doubt: NO_DOUBT, looks: 0 }, settings.lookMs);

const whileProbing = (settings: WatchdogSettings, state: Probing, event: WatchdogEvent): Step => {
  if (event.type === "probeAnswered") return alive(settings, state);
  if (event.type !== "probeFailed") return [state, []];
  const memory = nextOf(state.memory);
  const { cause } = event;
  const doubt = cause === "mute" ? more(state.doubt, "mute") : state.doubt;
  return [{ ...state, status: "judging", memory, doubt, cause }, [ask(settings, memory.generation)]];
};

const judge = (settings: WatchdogSettings, state: Judging, { socket, lagMs }: Vitals): Step => {
  if (socket?.generation !== state.socket) return absent(settings, state, 0);
  const { frames, attempt, cause } = state;
  if (socket.frames > frames) return alive(settings, state);
  const isExcused = cause === "mute" || lagMs >= settings.lagLimitMs;
  if (isExcused && attempt < settings.probeLimit) {
    const why = cause === "mute" ? "the bot did not tell of it" : `the bot was busy for ${seconds(lagMs)}`;
    const reason = `The last one proves nothing: ${why}.`;
    return toProbing(settings, state, { frames, attempt: attempt + 1, reason });
  }
  const silence = `nothing has come for ${seconds(socket.silentMs)}`;
  return declareDead(settings, state, `WhatsApp is silent: ${silence}, and a ping was not answered.`);
};

const whileJudging = (settings: WatchdogSettings, state: Judging, event: WatchdogEvent): Step => {
  if (event.type === "vitalsMissed") return missed(settings, state, 0);
  return event.type === "vitalsRead" ? judge(settings, state, event.vitals) : [state, []];
};

const whileAny = (settings: WatchdogSettings, state: WatchdogState, event: WatchdogEvent): Step | undefined => {
  const { memory } = state;
  switch (event.type) {
    case "opened": {
      if (state.status !== "off" && state.socket === event.socket) return [state, []];
      const rest = { socket: event.socket, doubt: NO_DOUBT, looks: 0 };
      const [resting, effects] = toResting(memory, rest, settings.lookMs);
      return [resting, [...leave(state), ...effects]];
    }
    case "left":
      return state.status === "off" ? [state, []] : [{ status: "off", memory: nextOf(memory) }, leave(state)];
    case "timer":
      return event.name === "calm" ? [{ ...state, memory: { ...memory, dead: 0, restarts: 0 } }, []] : undefined;
    case "vitalsRead":
    case "vitalsMissed":
    case "probeAnswered":
    case "probeFailed":
      return undefined;
  }
};

/**
 * The watchdog of an open connection: proves that it lives instead of assuming it. SPEC.md has the diagram, and what is
 * evidence and what is not.
 */
export const transitionWatchdog: Transition<WatchdogSettings, WatchdogState, WatchdogEvent, WatchdogEffect> = (
  settings,
  state,
  event,
) => {
  if (isLate(state, event)) return [state, []];
  const common = whileAny(settings, state, event);
  if (common !== undefined) return common;
  switch (state.status) {
    case "off":
      return [state, []];
    case "resting":
      return whileResting(settings, state, event);
    case "asking":
      return whileAsking(settings, state, event);
    case "probing":
      return whileProbing(settings, state, event);
    case "judging":
      return whileJudging(settings, state, event);
  }
};
