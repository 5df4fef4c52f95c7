/** What outlives a single socket. */
export interface WatchdogMemory {
  /** Counts looks and questions; only grows. Late timers and answers carry an older one. */
  readonly generation: number;
  /** Counts troubles; only grows. The timer `calm` carries it. */
  readonly troubles: number;
  /** Dead connections since the last restart or calm. */
  readonly dead: number;
  /** Restarts of the bot since the last calm. */
  readonly restarts: number;
}

/** What may be wrong besides the line to WhatsApp: the bot says nothing, or says that it has no such socket. */
export type Doubt = { readonly kind: "none" } | { readonly kind: "mute" | "gone"; readonly times: number };

interface Watching {
  readonly memory: WatchdogMemory;
  readonly socket: number;
  readonly doubt: Doubt;
}

/** Nothing is open. */
export interface Off {
  readonly status: "off";
  readonly memory: WatchdogMemory;
}
/** Between two looks; `look` runs. `looks`: how many since the last ping. */
export type Resting = Watching & { readonly status: "resting"; readonly looks: number };
/** The bot was asked for its vitals. */
export type Asking = Watching & { readonly status: "asking"; readonly looks: number };
/** A ping is on its way. `frames`: how many had arrived before the first of the row. */
export type Probing = Watching & { readonly status: "probing"; readonly frames: number; readonly attempt: number };
/** It failed; the bot was asked for its vitals once more, so that its word is judged in the light of them. */
export type Judging = Watching & {
  readonly status: "judging";
  readonly frames: number;
  readonly attempt: number;
  readonly cause: "unanswered" | "mute";
};

export type WatchdogState = Off | Resting | Asking | Probing | Judging;
export type WatchdogStatus = WatchdogState["status"];
export type Awake = Exclude<WatchdogState, Off>;

/** The state before the first connection. */
export const initialWatchdog: Off = {
  status: "off",
  memory: { generation: 0, troubles: 0, dead: 0, restarts: 0 },
};
