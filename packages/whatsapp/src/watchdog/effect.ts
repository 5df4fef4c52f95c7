import type { WatchdogTimer } from "./event.ts";

/** What is to be done, in order. */
export type WatchdogEffect =
  /** Ask the bot for its vitals. */
  | { readonly type: "askVitals"; readonly generation: number; readonly deadlineMs: number }
  /** Have the bot ping WhatsApp. `attempt` above 1: the one before proved nothing. */
  | {
      readonly type: "probe";
      readonly generation: number;
      readonly deadlineMs: number;
      readonly attempt: number;
      readonly reason: string;
    }
  /** The connection machine is to cut this socket and to open another one. */
  | { readonly type: "declareDead"; readonly socket: number; readonly reason: string }
  /** A planned restart of the bot process. */
  | { readonly type: "restartBot"; readonly reason: string }
  /** A person should hear of it. */
  | { readonly type: "alert"; readonly text: string }
  | {
      readonly type: "startTimer";
      readonly name: WatchdogTimer;
      readonly delayMs: number;
      readonly generation: number;
    }
  | { readonly type: "cancelTimer"; readonly name: WatchdogTimer };
