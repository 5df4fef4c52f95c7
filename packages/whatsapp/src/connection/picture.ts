import type { ConnectionState, ConnectionStatus } from "./state.ts";

/** The states by their public names, as `/health` shows them. */
export type PublicConnectionState =
  | "standby"
  | "pairing"
  | "connecting"
  | "open"
  | "backing-off"
  | "logged-out"
  | "replaced"
  | "refused"
  | "stopped";

/** The connection as everybody may see it. Times in epoch milliseconds. */
export interface ConnectionPicture {
  readonly state: PublicConnectionState;
  readonly since: number;
  readonly reconnectAttempts: number;
  readonly nextAttemptAt: number | null;
  readonly lastDisconnect: { readonly code: number; readonly reason: string; readonly at: number } | null;
}

const PUBLIC_NAMES: Readonly<Record<ConnectionStatus, PublicConnectionState>> = {
  idle: "standby",
  connecting: "connecting",
  pairing: "pairing",
  open: "open",
  backingOff: "backing-off",
  unattended: "backing-off",
  loggedOut: "logged-out",
  replaced: "replaced",
  refused: "refused",
  stopped: "stopped",
};

const nextAttemptAt = (state: ConnectionState): number | null => {
  if (state.status === "backingOff") return state.untilMs;
  return state.status === "replaced" ? state.probeAtMs : null;
};

/** What of a state is public. */
export const connectionPicture = (state: ConnectionState): ConnectionPicture => {
  const { attempts, lastDisconnect } = state.memory;
  return {
    state: PUBLIC_NAMES[state.status],
    since: state.sinceMs,
    reconnectAttempts: attempts,
    nextAttemptAt: nextAttemptAt(state),
    lastDisconnect:
      lastDisconnect === null
        ? null
        : { code: lastDisconnect.code, reason: lastDisconnect.reason, at: lastDisconnect.atMs },
  };
};

/** True when nothing public differs. */
export const samePicture = (one: ConnectionState, other: ConnectionState): boolean =>
  one.status === other.status &&
  one.sinceMs === other.sinceMs &&
  one.memory.attempts === other.memory.attempts &&
  one.memory.lastDisconnect === other.memory.lastDisconnect &&
  nextAttemptAt(one) === nextAttemptAt(other);
