import { closeSocket } from "./closing.ts";
import type { ConnectionEffect } from "./effect.ts";
import type { ConnectionEvent, SocketSilent } from "./event.ts";
import { endSocket, ignore, leave, startTimer, toConnecting, toIdle, type Step } from "./moves.ts";
import { retry } from "./retry.ts";
import type { ConnectionSettings } from "./settings.ts";
import { forgiven, type Connecting, type Live, type Open, type Pairing } from "./state.ts";

const fresh = (settings: ConnectionSettings, state: Live, now: number): Step =>
  toConnecting(settings, state.memory, now, [...leave(state), endSocket(state, "a fresh connection was asked for")]);

/** What every state with a socket does alike. */
const anyLive = (settings: ConnectionSettings, state: Live, event: ConnectionEvent, now: number): Step => {
  switch (event.type) {
    case "socketClosed":
      return closeSocket(settings, state, event, now);
    case "executorStarted":
      // The news of the old process' end got lost, and perhaps that of its socket's too: the new one knows.
      return toIdle(settings, state.memory, now, { before: leave(state), describe: true });
    case "executorLost": {
      const lastDisconnect = { code: 0, reason: "The bot process ended and starts again.", atMs: now };
      return toIdle(settings, { ...state.memory, lastDisconnect }, now, { before: leave(state), describe: false });
    }
    case "connectStarted":
      // It had to wait for the end of the socket before it: what follows keeps its distance from here.
      return [{ ...state, memory: { ...state.memory, connectedAtMs: now, resumedAtMs: null } }, []];
    case "stop":
      return [
        { status: "stopped", sinceMs: now, memory: state.memory },
        [...leave(state), endSocket(state, "the connection was stopped")],
      ];
    case "start":
    case "reconnect":
    case "resume":
    case "pairingWanted":
    case "adopted":
    case "connectRefused":
    case "pairingStarted":
    case "socketOpened":
    case "socketSilent":
    case "timer":
      return ignore(state);
  }
};

const opened = (settings: ConnectionSettings, state: Connecting | Pairing, now: number): Step => {
  const memory = { ...state.memory, pairingRounds: 0 };
  return [
    { status: "open", sinceMs: now, memory, socket: state.socket },
    [...leave(state), startTimer(memory, "healthy", settings.healthyMs)],
  ];
};

/** Baileys waits for ever on an HTTP answer other than 101; nobody else would end such an attempt. */
const overdue = (settings: ConnectionSettings, state: Connecting, chance: number, now: number): Step => {
  const seconds = Math.round(settings.connectDeadlineMs / 1000);
  const reason = `WhatsApp did not complete the connection within ${String(seconds)} seconds.`;
  const memory = { ...state.memory, lastDisconnect: { code: 408, reason, atMs: now } };
  const end = endSocket(state, "the connection attempt took too long");
  return retry(settings, memory, { kind: "lost", chance }, now, [end]);
};

/** Counts like a connection that was lost, but nobody else would notice this one for a minute or more. */
const silent = (settings: ConnectionSettings, state: Open, event: SocketSilent, now: number): Step => {
  const { reason, chance } = event;
  const memory = { ...state.memory, lastDisconnect: { code: 408, reason, atMs: now } };
  const cut: ConnectionEffect = { type: "cut", generation: state.socket, reason };
  return retry(settings, memory, { kind: "lost", chance }, now, [...leave(state), cut]);
};

/** A socket is being opened. */
export const whileConnecting = (
  settings: ConnectionSettings,
  state: Connecting,
  event: ConnectionEvent,
  now: number,
): Step => {
  if (event.type === "socketOpened") return opened(settings, state, now);
  if (event.type === "pairingStarted") {
    return [{ status: "pairing", sinceMs: now, memory: state.memory, socket: state.socket }, leave(state)];
  }
  if (event.type === "connectRefused") {
    return toIdle(settings, state.memory, now, { before: leave(state), describe: false });
  }
  if (event.type === "timer" && event.name === "connectDeadline") return overdue(settings, state, event.chance, now);
  return anyLive(settings, state, event, now);
};

/** A QR or pairing code is shown; `reconnect` and `resume` bring a fresh one. */
export const whilePairing = (
  settings: ConnectionSettings,
  state: Pairing,
  event: ConnectionEvent,
  now: number,
): Step => {
  if (event.type === "socketOpened") return opened(settings, state, now);
  if (event.type === "reconnect" || event.type === "resume") return fresh(settings, state, now);
  return anyLive(settings, state, event, now);
};

/** Logged in. */
export const whileOpen = (settings: ConnectionSettings, state: Open, event: ConnectionEvent, now: number): Step => {
  if (event.type === "reconnect") return fresh(settings, state, now);
  if (event.type === "socketSilent") return silent(settings, state, event, now);
  if (event.type === "timer" && event.name === "healthy") return [{ ...state, memory: forgiven(state.memory) }, []];
  return anyLive(settings, state, event, now);
};
