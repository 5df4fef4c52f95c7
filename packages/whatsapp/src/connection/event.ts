import type { Disconnect } from "../verdict.ts";
import type { Standing } from "./standing.ts";

/** The machine's timers; each belongs to one state. */
export type ConnectionTimer = "describe" | "connectDeadline" | "healthy" | "backOff" | "probe";

/** A socket has ended. `chance` is a roll in [0, 1) for the delay that may follow. */
export interface SocketClosed extends Disconnect {
  readonly type: "socketClosed";
  readonly generation: number;
  readonly chance: number;
}

/** What a bot that was asked said about its socket. `asked` is the generation of the question. */
export interface Adopted {
  readonly type: "adopted";
  readonly asked: number;
  readonly socket: "none" | "connecting" | "pairing" | "open";
  /** Generation of the bot's socket, or the last one it had. */
  readonly generation: number;
  readonly sinceMs: number;
  /** What WhatsApp last held against the session, as the bot has kept it. */
  readonly standing: Standing | null;
  /** A roll in [0, 1) for what may be left of a pause. */
  readonly chance: number;
}

/** The socket looks open, and nothing comes through it any more. */
export interface SocketSilent {
  readonly type: "socketSilent";
  readonly generation: number;
  /** Plain words. */
  readonly reason: string;
  readonly chance: number;
}

/** Facts about one socket. */
export type SocketEvent =
  | { readonly type: "pairingStarted"; readonly generation: number }
  | { readonly type: "socketOpened"; readonly generation: number }
  | SocketSilent
  | SocketClosed;

export type ConnectionEvent =
  /** Begin: look for a bot. */
  | { readonly type: "start" }
  /** End the socket and stay down. */
  | { readonly type: "stop" }
  /** A fresh socket, or the next attempt now; does not overrule a hold or a permanent end. */
  | { readonly type: "reconnect" }
  /** A person says: go on, whatever stopped you. */
  | { readonly type: "resume" }
  /** Somebody looks at the pairing page. */
  | { readonly type: "pairingWanted" }
  /** A fresh bot process is up and holds no socket. */
  | { readonly type: "executorStarted" }
  /** The bot process is gone, and its socket with it. */
  | { readonly type: "executorLost" }
  /** The bot has carried out `connect`: the attempt begins only now. */
  | { readonly type: "connectStarted"; readonly generation: number }
  /** The bot did not carry out `connect` (no lease, busy, gone). */
  | { readonly type: "connectRefused"; readonly generation: number }
  | { readonly type: "timer"; readonly name: ConnectionTimer; readonly generation: number; readonly chance: number }
  | Adopted
  | SocketEvent;
