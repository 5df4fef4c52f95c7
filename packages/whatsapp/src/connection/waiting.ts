import { adopt } from "./adopt.ts";
import type { ConnectionEvent } from "./event.ts";
import { connectNow, ignore, leave, startTimer, toConnecting, toIdle, type Step } from "./moves.ts";
import type { ConnectionSettings } from "./settings.ts";
import { forgiven, isHeld, resumed, type BackingOff, type Idle, type Stopped, type Unattended } from "./state.ts";

const ask = (settings: ConnectionSettings, state: Idle): Step => [
  state,
  [
    { type: "describe", generation: state.memory.generation },
    startTimer(state.memory, "describe", settings.describeMs),
  ],
];

/** No bot is known. */
export const whileIdle = (settings: ConnectionSettings, state: Idle, event: ConnectionEvent, now: number): Step => {
  switch (event.type) {
    case "start":
    case "reconnect":
    case "resume":
      return ask(settings, state);
    case "timer":
      return event.name === "describe" ? ask(settings, state) : ignore(state);
    case "adopted":
      return adopt(settings, state, event, now);
    case "executorStarted":
      // It has no socket, but it knows how WhatsApp stands to the session.
      return ask(settings, state);
    case "stop":
      return [{ status: "stopped", sinceMs: now, memory: state.memory }, leave(state)];
    case "pairingWanted":
    case "executorLost":
    case "connectStarted":
    case "connectRefused":
    case "pairingStarted":
    case "socketOpened":
    case "socketSilent":
    case "socketClosed":
      return ignore(state);
  }
};

/** Somebody is there to use the code. */
const pairForSomebody = (settings: ConnectionSettings, state: BackingOff | Unattended, now: number): Step =>
  toConnecting(settings, { ...state.memory, pairingRounds: 0 }, now, leave(state));

/** The next attempt as soon as there may be one. */
const hurry = (settings: ConnectionSettings, state: BackingOff, now: number): Step =>
  isHeld(state) || state.kind === "spacing" ? ignore(state) : toConnecting(settings, state.memory, now, leave(state));

/** Waiting for the next attempt. */
export const whileBackingOff = (
  settings: ConnectionSettings,
  state: BackingOff,
  event: ConnectionEvent,
  now: number,
): Step => {
  switch (event.type) {
    case "timer":
      if (event.name !== "backOff") return ignore(state);
      // Only a ban may last longer than a timer can; else the timer is right, whatever became of the wall clock.
      if (state.kind === "temporaryBan" && now < state.untilMs)
        return [state, [startTimer(state.memory, "backOff", state.untilMs - now)]];
      return connectNow(settings, state.memory, now);
    case "executorStarted":
      // A new process needs no back-off: what failed was the old one. But servers in trouble are not helped by it.
      return state.kind === "unavailable" ? ignore(state) : hurry(settings, state, now);
    case "reconnect":
      return hurry(settings, state, now);
    case "resume":
      return toConnecting(settings, resumed(state.memory, now), now, leave(state));
    case "pairingWanted":
      return state.kind === "pairingExpired" ? pairForSomebody(settings, state, now) : ignore(state);
    case "stop":
      return [{ status: "stopped", sinceMs: now, memory: state.memory }, leave(state)];
    case "start":
    case "executorLost":
    case "connectStarted":
    case "connectRefused":
    case "adopted":
    case "pairingStarted":
    case "socketOpened":
    case "socketSilent":
    case "socketClosed":
      return ignore(state);
  }
};

/** No code is shown, for want of somebody who would use it. */
export const whileUnattended = (
  settings: ConnectionSettings,
  state: Unattended,
  event: ConnectionEvent,
  now: number,
): Step => {
  switch (event.type) {
    case "pairingWanted":
    case "reconnect":
    case "resume":
      return pairForSomebody(settings, state, now);
    case "executorStarted":
      // It may have come up with another session; if it has none, it shows one more code.
      return toConnecting(settings, state.memory, now);
    case "stop":
      return [{ status: "stopped", sinceMs: now, memory: state.memory }, []];
    case "start":
    case "executorLost":
    case "connectStarted":
    case "connectRefused":
    case "adopted":
    case "pairingStarted":
    case "socketOpened":
    case "socketSilent":
    case "socketClosed":
    case "timer":
      return ignore(state);
  }
};

/** Ended on request; looks for a bot again when asked to. */
export const whileStopped = (settings: ConnectionSettings, state: Stopped, event: ConnectionEvent, now: number): Step =>
  event.type === "start" || event.type === "resume"
    ? toIdle(settings, forgiven(state.memory), now, { describe: true })
    : ignore(state);
