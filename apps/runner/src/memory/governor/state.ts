/** How much of the quota is in use, in words. */
export type MemoryLevel = "normal" | "high" | "critical";

/** A process as the governor has seen it. Times in epoch milliseconds. */
export interface WatchedProcess {
  readonly pid: number;
  readonly since: number;
  /** The least that it took once it had settled, in megabytes. */
  readonly leastMb: number | null;
}

/** Something was done, and its outcome is awaited. */
export interface ActionUnderWay {
  readonly action: "trim" | "recycle" | "restart";
  readonly worker: string | null;
  readonly beforeMb: number;
  readonly at: number;
}

/** Where the governor is. `status` is the level that is told. */
export interface GovernorState {
  readonly status: MemoryLevel;
  readonly usedMb: number;
  readonly watched: Readonly<Record<string, WatchedProcess>>;
  readonly underWay: ActionUnderWay | null;
  /** When each thing was last done. */
  readonly trimmedAt: number | null;
  readonly recycledAt: number | null;
  readonly restartedAt: number | null;
  /** Since when a replacement waits for a quiet moment. */
  readonly wantedSince: number | null;
}

/** Nothing is known. */
export const INITIAL_GOVERNOR: GovernorState = {
  status: "normal",
  usedMb: 0,
  watched: {},
  underWay: null,
  trimmedAt: null,
  recycledAt: null,
  restartedAt: null,
  wantedSince: null,
};
