/** What an unplanned ending may lead to, by the supervisor's view at that moment. */
export type Allowance = "withinIntensity" | "intensityExceeded" | "supervisorStopping";

/** Names of a child's timers; each belongs to one generation. */
export type TimerName = "start" | "ping" | "hang" | "backOff" | "shutdown" | "kill";

/** An ending as the operating system reports it. `chance` is a roll in [0, 1) for the back-off's jitter. */
export interface Exited {
  readonly type: "exited";
  readonly generation: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly chance: number;
}

/** There was never a process: `why` is the operating system's reason. */
export interface SpawnFailed {
  readonly type: "spawnFailed";
  readonly generation: number;
  readonly why: string;
  readonly chance: number;
}

/** What the world tells; what can be late carries the generation it belongs to. */
export type ChildNews =
  | { readonly type: "start" }
  | { readonly type: "stop"; readonly reason: string }
  | { readonly type: "recycle"; readonly reason: string }
  | { readonly type: "spawned"; readonly generation: number; readonly pid: number }
  | { readonly type: "helloed"; readonly generation: number; readonly protocolVersion: number }
  | { readonly type: "ready"; readonly generation: number }
  | { readonly type: "pinged"; readonly generation: number }
  | { readonly type: "drained"; readonly generation: number; readonly unfinished: number }
  /** The child cannot be spoken with; `why` follows its name. */
  | { readonly type: "violated"; readonly generation: number; readonly why: string }
  | { readonly type: "timer"; readonly generation: number; readonly name: TimerName }
  | Exited
  | SpawnFailed;

/** The end of a process, with what may follow. */
export type Ending = (Exited | SpawnFailed) & { readonly allowance: Allowance };

/** What the child machine takes: news, endings judged by the supervisor. */
export type ChildEvent = Exclude<ChildNews, Exited | SpawnFailed> | Ending;
