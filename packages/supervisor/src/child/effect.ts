import type { TimerName } from "./event.ts";

/** One line for people: what happened and what follows. */
export interface Report {
  readonly type: "report";
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is to be done about a child. */
export type ChildEffect =
  | { readonly type: "spawn"; readonly generation: number }
  /** SIGKILL, which also a stopped (SIGSTOP) process obeys. */
  | { readonly type: "kill"; readonly generation: number }
  | { readonly type: "sendShutdown"; readonly generation: number; readonly deadlineMs: number }
  | { readonly type: "sendPing"; readonly generation: number }
  | {
      readonly type: "startTimer";
      readonly name: TimerName;
      readonly generation: number;
      readonly delayMs: number;
    }
  | { readonly type: "cancelTimer"; readonly name: TimerName }
  | Report;
