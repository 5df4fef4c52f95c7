/** `look` belongs to the pause between two looks; `calm` runs beside every state after trouble. */
export type WatchdogTimer = "look" | "calm";

/** What the bot says of itself when asked. */
export interface Vitals {
  /** Its open socket; `null` when it has none. */
  readonly socket: {
    readonly generation: number;
    /** How many frames have arrived on it, of whatever kind. */
    readonly frames: number;
    /** Milliseconds since the last of them. */
    readonly silentMs: number;
  } | null;
  /** How long its event loop was blocked lately, at the worst. */
  readonly lagMs: number;
  /** A message is on its way to WhatsApp. */
  readonly sending: boolean;
}

/** Answers and timers carry the generation of what they answer. */
export type WatchdogEvent =
  /** The connection is open, with this socket. */
  | { readonly type: "opened"; readonly socket: number }
  /** It is open no longer. */
  | { readonly type: "left" }
  | { readonly type: "timer"; readonly name: WatchdogTimer; readonly generation: number }
  | { readonly type: "vitalsRead"; readonly generation: number; readonly vitals: Vitals }
  /** The bot did not answer. */
  | { readonly type: "vitalsMissed"; readonly generation: number }
  | { readonly type: "probeAnswered"; readonly generation: number }
  /** `unanswered`: the bot says that WhatsApp was silent; `mute`: the bot itself said nothing. */
  | { readonly type: "probeFailed"; readonly generation: number; readonly cause: "unanswered" | "mute" };
