import type { Adopted, ConnectionEvent } from "./event.ts";
import { connectNow, ignore, leave, startTimer, toConnecting, toIdle, type Step } from "./moves.ts";
import type { ConnectionSettings } from "./settings.ts";
import { forgiven, isHeld, type BackingOff, type Idle, type Stopped } from "./state.ts";

/** Takes over what the bot has; a keeper that was restarted must not cost the connection. */
const adopt = (settings: ConnectionSettings, state: Idle, event: Adopted, now: number): Step => {
  const { generation: socket, sinceMs } = event;
  // A bot that has had a socket knows best when; at the latest, it was opened when this began.
  const connectedAtMs = socket > 0 ? Math.max(state.memory.connectedAtMs ?? 0, sinceMs) : state.memory.connectedAtMs;
  const memory = { ...state.memory, generation: Math.max(state.memory.generation, socket), connectedAtMs };
  const before = leave(state);
  switch (event.socket) {
    case "none":
      return toConnecting(settings, memory, now, before);
    case "connecting":
      return [
        { status: "connecting", sinceMs: now, memory, socket },
        [...before, startTimer(memory, "connectDeadline", settings.connectDeadlineMs)],
      ];
    case "pairing":
      return [{ status: "pairing", sinceMs, memory, socket }, before];
    case "open":
      return [
        { status: "open", sinceMs, memory, socket },
        [...before, startTimer(memory, "healthy", settings.healthyMs)],
      ];
  }
};

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
      // A new process needs no back-off: what failed was the old one.
      return toConnecting(settings, state.memory, now, leave(state));
    case "stop":
      return [{ status: "stopped", sinceMs: now, memory: state.memory }, leave(state)];
    case "executorLost":
    case "connectStarted":
    case "connectRefused":
    case "pairingStarted":
    case "socketOpened":
    case "socketClosed":
      return ignore(state);
  }
};

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
      // Servers in trouble are not helped by a fresh process.
      return state.kind === "unavailable" ? ignore(state) : hurry(settings, state, now);
    case "reconnect":
      return hurry(settings, state, now);
    case "resume":
      return toConnecting(settings, forgiven(state.memory), now, leave(state));
    case "stop":
      return [{ status: "stopped", sinceMs: now, memory: state.memory }, leave(state)];
    case "start":
    case "executorLost":
    case "connectStarted":
    case "connectRefused":
    case "adopted":
    case "pairingStarted":
    case "socketOpened":
    case "socketClosed":
      return ignore(state);
  }
};

/** Ended on request; looks for a bot again when asked to. */
export const whileStopped = (settings: ConnectionSettings, state: Stopped, event: ConnectionEvent, now: number): Step =>
  event.type === "start" || event.type === "resume"
    ? toIdle(settings, forgiven(state.memory), now, { describe: true })
    : ignore(state);
