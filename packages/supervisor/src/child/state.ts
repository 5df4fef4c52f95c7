import type { ExitCode } from "@blacksky/errors";

/** The last ending of a child, in words and figures; `at` in epoch milliseconds. */
export interface LastExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly at: number;
  /** Plain words: what ended it. */
  readonly reason: string;
}

/** What outlives a generation. */
export interface Tally {
  /** Counts starts; 0 before the first. */
  readonly generation: number;
  /** Restarts after an unplanned ending, ever. */
  readonly restarts: number;
  /** Unplanned endings in a row without a stable run between them; the attempt of the back-off. */
  readonly failures: number;
  readonly lastExit: LastExit | null;
}

/** A process that is there, or is being made. */
interface Living {
  readonly tally: Tally;
  /** `null` until the spawn reported it. */
  readonly pid: number | null;
  readonly startedAtMs: number;
}

/** Since when nothing was heard of the child, and how long that may last before it is a hang. */
export interface Silence {
  readonly sinceMs: number;
  readonly limitMs: number;
}

/** What follows when a child that is being stopped is gone. */
export type Sequel =
  | { readonly type: "stay"; readonly reason: string }
  | { readonly type: "start"; readonly reason: string }
  | { readonly type: "crash"; readonly reason: string; readonly stable: boolean }
  | { readonly type: "fail"; readonly reason: string; readonly exitCode: ExitCode };

export interface StoppedState {
  readonly status: "stopped";
  readonly tally: Tally;
}

export interface StartingState extends Living {
  readonly status: "starting";
  readonly silence: Silence;
}

export interface RunningState extends Living {
  readonly status: "running";
  readonly readyAtMs: number;
  readonly silence: Silence;
}

export interface BackingOffState {
  readonly status: "backingOff";
  readonly tally: Tally;
}

export interface StoppingState extends Living {
  readonly status: "stopping";
  readonly sequel: Sequel;
  /** SIGKILL was sent. */
  readonly killed: boolean;
  /** What the child said it had to leave undone. */
  readonly unfinished: number;
}

export interface FailedState {
  readonly status: "failed";
  readonly tally: Tally;
  readonly exitCode: ExitCode;
  readonly why: string;
}

/** The life of one child. */
export type ChildState = StoppedState | StartingState | RunningState | BackingOffState | StoppingState | FailedState;

/** Before the first start. */
export const initialChildState: ChildState = {
  status: "stopped",
  tally: { generation: 0, restarts: 0, failures: 0, lastExit: null },
};
