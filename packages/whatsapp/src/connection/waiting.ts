import type { Adopted, ConnectionEvent } from "./event.ts";
import { ignore, leave, startTimer, toConnecting, toIdle, type Step } from "./moves.ts";
import type { ConnectionSettings } from "./settings.ts";
import { forgiven, type BackingOff, type Idle, type PauseKind, type Stopped } from "./state.ts";

/** Takes over what the bot has; a keeper that was restarted must not cost the connection. */
const adopt = (settings: ConnectionSettings, state: Idle, event: Adopted, now: number): Step => {
  const memory = { ...state.memory, generation: Math.max(state.memory.generation, event.generation) };
  const before = leave(state);
  const { generation: socket, sinceMs } = event;
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
    case "connectRefused":
    case "pairingStarted":
    case "socketOpened":
    case "socketSilent":
    case "socketClosed":
      return ignore(state);
  }
};

// WhatsApp asked for these pauses, in one way or another; neither a fresh process nor impatience shortens them.
const HELD: ReadonlySet<PauseKind> = new Set(["temporaryBan", "outdated", "rejected"]);

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
      return toConnecting(settings, state.memory, now);
    case "executorStarted":
    case "reconnect":
      return HELD.has(state.kind) ? ignore(state) : toConnecting(settings, state.memory, now, leave(state));
    case "resume":
      return toConnecting(settings, forgiven(state.memory), now, leave(state));
    case "stop":
      return [{ status: "stopped", sinceMs: now, memory: state.memory }, leave(state)];
    case "start":
    case "executorLost":
    case "connectRefused":
    case "adopted":
    case "pairingStarted":
    case "socketOpened":
    case "socketSilent":
    case "socketClosed":
      return ignore(state);
  }
};

/** Ended on request; looks for a bot again when asked to. */
export const whileStopped = (settings: ConnectionSettings, state: Stopped, event: ConnectionEvent, now: number): Step =>
  event.type === "start" || event.type === "resume"
    ? toIdle(settings, forgiven(state.memory), now, { describe: true })
    : ignore(state);
