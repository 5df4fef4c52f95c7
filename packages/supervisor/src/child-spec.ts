/** How to run one worker, and what its death means. */
export interface ChildSpec {
  /** The name in logs, views and lists; unique in one supervisor. */
  readonly id: string;
  /** Absolute path of a Node script. */
  readonly script: string;
  /** Flags of the child's Node, such as `["--max-old-space-size=64"]`; nothing is inherited. */
  readonly nodeOptions: readonly string[];
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** `permanent`: always restarted · `transient`: only after an ending that was not exit code 0 · `temporary`: never. */
  readonly restart: "permanent" | "transient" | "temporary";
  /** Time from spawn to `control.ready`; `null` sets no deadline (the heartbeat watches all the same). */
  readonly startMs: number | null;
  /** Time to end after being asked, then SIGKILL; `brutal_kill` does not ask. */
  readonly shutdownMs: number | "brutal_kill";
}

/** At most `restarts` restarts, of all children together, within `periodMs`; one more and the supervisor gives up. */
export interface Intensity {
  readonly restarts: number;
  readonly periodMs: number;
}

/** How often a child is asked whether it lives, and how long it may be silent. */
export interface Heartbeat {
  readonly intervalMs: number;
  readonly deadlineMs: number;
}
