import type { Transition } from "@blacksky/machine";
import { closeSocket } from "./closing.ts";
import { whilePermanent, whileReplaced } from "./ended.ts";
import type { ConnectionEffect } from "./effect.ts";
import type { ConnectionEvent } from "./event.ts";
import { whileConnecting, whileOpen, whilePairing } from "./live.ts";
import { endSocket, ignore, leave, toIdle, type Step } from "./moves.ts";
import { connectionPicture, samePicture } from "./picture.ts";
import type { ConnectionSettings } from "./settings.ts";
import { isAboutSession } from "./standing.ts";
import type { ConnectionState } from "./state.ts";
import { whileBackingOff, whileIdle, whileStopped, whileUnattended } from "./waiting.ts";

/** Whose news it is: ours, old news, or that of a socket which the bot opened without us. */
const ageOf = (state: ConnectionState, event: ConnectionEvent): "current" | "late" | "ahead" => {
  const { generation } = state.memory;
  switch (event.type) {
    case "timer":
      return event.generation === generation ? "current" : "late";
    case "adopted":
      return event.asked === generation ? "current" : "late";
    case "connectStarted":
    case "connectRefused":
    case "pairingStarted":
    case "socketOpened":
    case "socketSilent":
    case "socketClosed":
      if (event.generation > generation) return "ahead";
      return "socket" in state && state.socket === event.generation ? "current" : "late";
    case "start":
    case "stop":
    case "reconnect":
    case "resume":
    case "pairingWanted":
    case "executorStarted":
    case "executorLost":
      return "current";
  }
};

/** The bot went its own way while we did not answer (it falls back to itself then): find out where it is. */
const catchUp = (settings: ConnectionSettings, state: ConnectionState, generation: number, now: number): Step => {
  switch (state.status) {
    case "idle":
    case "connecting":
    case "pairing":
    case "open":
    case "backingOff":
    case "unattended": {
      const memory = { ...state.memory, generation };
      return toIdle(settings, memory, now, { before: leave(state), describe: true });
    }
    case "replaced":
    case "loggedOut":
    case "refused":
    case "stopped":
      return [state, []];
  }
};

/**
 * News from before counts only where WhatsApp speaks of the session itself: a socket that we were about to replace may have
 * been told of a ban in the same moment.
 */
const hearLate = (settings: ConnectionSettings, state: ConnectionState, event: ConnectionEvent, now: number): Step => {
  if (event.type !== "socketClosed" || !isAboutSession(event)) return ignore(state);
  if (state.status === "backingOff") return closeSocket(settings, state, event, now);
  if (state.status !== "connecting") return ignore(state);
  const end = endSocket(state, "WhatsApp has ended the session, or interrupts it");
  return closeSocket(settings, state, event, now, [...leave(state), end]);
};

const step = (settings: ConnectionSettings, state: ConnectionState, event: ConnectionEvent, now: number): Step => {
  const age = ageOf(state, event);
  if (age === "late") return hearLate(settings, state, event, now);
  if (age === "ahead" && "generation" in event) return catchUp(settings, state, event.generation, now);
  switch (state.status) {
    case "idle":
      return whileIdle(settings, state, event, now);
    case "connecting":
      return whileConnecting(settings, state, event, now);
    case "pairing":
      return whilePairing(settings, state, event, now);
    case "open":
      return whileOpen(settings, state, event, now);
    case "backingOff":
      return whileBackingOff(settings, state, event, now);
    case "unattended":
      return whileUnattended(settings, state, event, now);
    case "replaced":
      return whileReplaced(settings, state, event, now);
    case "loggedOut":
    case "refused":
      return whilePermanent(settings, state, event, now);
    case "stopped":
      return whileStopped(settings, state, event, now);
  }
};

/**
 * The connection machine: when to connect, when to wait, when to leave it to a person. SPEC.md has the diagram and what
 * is assumed of the bot that performs the effects.
 */
export const transitionConnection: Transition<
  ConnectionSettings,
  ConnectionState,
  ConnectionEvent,
  ConnectionEffect
> = (settings, state, event, now) => {
  const [next, effects] = step(settings, state, event, now);
  if (samePicture(state, next)) return [next, effects];
  return [next, [...effects, { type: "publish", picture: connectionPicture(next) }]];
};
