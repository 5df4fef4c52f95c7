import type { BackOffKind } from "../verdict.ts";

/** What outlives a single socket. */
export interface ConnectionMemory {
  /** Counts intentions; only grows. Late timers, replies and sockets carry an older one. */
  readonly generation: number;
  /** When the last attempt began, as far as is known, in epoch milliseconds. */
  readonly connectedAtMs: number | null;
  /** Failures since the last healthy connection. */
  readonly attempts: number;
  /** Pairings in a row that nobody completed. */
  readonly pairingRounds: number;
  /** Requested restarts (515) since the last healthy connection. */
  readonly restarts: number;
  /** When a person last said "go on", until a socket was opened since; in epoch milliseconds. */
  readonly resumedAtMs: number | null;
  /** When another program last took over, in epoch milliseconds. */
  readonly replacedAtMs: number | null;
  /** Codes already reported since the last healthy connection. */
  readonly reportedCodes: readonly number[];
  /** Why the last socket ended: WhatsApp's code (0: not WhatsApp) and plain words. */
  readonly lastDisconnect: { readonly code: number; readonly reason: string; readonly atMs: number } | null;
}

/** Why it waits: the pace of the disconnect, or one of the waits that are no failure. */
export type PauseKind = BackOffKind | "temporaryBan" | "pairingExpired" | "spacing";

interface Base {
  /** When the state began, in epoch milliseconds. */
  readonly sinceMs: number;
  readonly memory: ConnectionMemory;
}

/** States with a socket name it: a socket may be older than the memory's generation when it was adopted. */
interface WithSocket extends Base {
  /** The socket's generation. */
  readonly socket: number;
}

/** No bot is known to be there; `describe` asks for one. */
export type Idle = Base & { readonly status: "idle" };
/** A socket is being opened; `connectDeadline` runs. */
export type Connecting = WithSocket & { readonly status: "connecting" };
/** A QR or pairing code is shown; Baileys ends it by itself. */
export type Pairing = WithSocket & { readonly status: "pairing" };
/** Logged in; `healthy` runs at first. */
export type Open = WithSocket & { readonly status: "open" };
/** No socket until `untilMs`; `backOff` runs. */
export type BackingOff = Base & { readonly status: "backingOff"; readonly kind: PauseKind; readonly untilMs: number };
/** Nobody has used the codes that were shown, so none is made until somebody looks at the pairing page. */
export type Unattended = Base & { readonly status: "unattended" };
/** The link is gone. */
export type LoggedOut = Base & { readonly status: "loggedOut" };
/** Another program has the session: one probe at `probeAtMs` (`probe` runs), none when it is final (`null`). */
export type Replaced = Base & { readonly status: "replaced"; readonly probeAtMs: number | null };
/** WhatsApp refuses the account. */
export type Refused = Base & { readonly status: "refused" };
/** Ended on request. */
export type Stopped = Base & { readonly status: "stopped" };

export type ConnectionState =
  | Idle
  | Connecting
  | Pairing
  | Open
  | BackingOff
  | Unattended
  | LoggedOut
  | Replaced
  | Refused
  | Stopped;

export type ConnectionStatus = ConnectionState["status"];

/** States that hold a socket. */
export type Live = Connecting | Pairing | Open;

/** The state before the first `start`. */
export const initialConnection = (nowMs: number): Idle => ({
  status: "idle",
  sinceMs: nowMs,
  memory: {
    generation: 0,
    connectedAtMs: null,
    attempts: 0,
    pairingRounds: 0,
    restarts: 0,
    resumedAtMs: null,
    replacedAtMs: null,
    reportedCodes: [],
    lastDisconnect: null,
  },
});

/** True for states that only a person's `resume` ends. */
export const isPermanent = (state: ConnectionState): boolean =>
  state.status === "loggedOut" ||
  state.status === "refused" ||
  (state.status === "replaced" && state.probeAtMs === null);

// WhatsApp asked for these pauses, in one way or another; neither a fresh process nor impatience shortens them.
const HELD: ReadonlySet<PauseKind> = new Set(["temporaryBan", "outdated", "rejected"]);

/** True for pauses that `reconnect` does not shorten. */
export const isHeld = (state: ConnectionState): boolean => state.status === "backingOff" && HELD.has(state.kind);

/** Memory after a connection that lasted, or after a person's decision: nothing is held against the next try. */
export const forgiven = (memory: ConnectionMemory): ConnectionMemory =>
  memory.attempts === 0 && memory.restarts === 0 && memory.pairingRounds === 0 && memory.reportedCodes.length === 0
    ? memory
    : { ...memory, attempts: 0, restarts: 0, pairingRounds: 0, reportedCodes: [] };

/** Memory after a person's word: what WhatsApp held against the session until now does not count. */
export const resumed = (memory: ConnectionMemory, now: number): ConnectionMemory => ({
  ...forgiven(memory),
  resumedAtMs: now,
});
