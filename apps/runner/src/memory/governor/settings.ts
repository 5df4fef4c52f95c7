/** What the governor goes by. Percent are of the quota. */
export interface GovernorSettings {
  readonly quotaMb: number;
  /** False: it only measures and tells. */
  readonly isEnabled: boolean;
  /** From here on caches are trimmed. */
  readonly cleanupPercent: number;
  /** From here on the worker that grew is replaced. */
  readonly emergencyPercent: number;
  /** From here on, where no single worker may be replaced, all are. */
  readonly lastResortPercent: number;
  /** A level is left so far below where it is entered. */
  readonly hysteresisPercent: number;
  /** Of its own limit: V8 ends a process whose heap is full, and that is no orderly end. */
  readonly heapPercent: number;
  /** Who has grown by less is not what fills the memory. */
  readonly leastGrowthPercent: number;
  readonly trimPauseMs: number;
  readonly recyclePauseMs: number;
  readonly restartPauseMs: number;
  /** How long a replacement waits for the bot to have nothing in hand. */
  readonly patienceMs: number;
  /** What an action was good for is known after so long. */
  readonly effectMs: number;
  /** A process that has just started still fills what it always needs. */
  readonly growthFromMs: number;
}

/** Everything but what the environment says. */
export const DEFAULT_GOVERNOR: Omit<GovernorSettings, "quotaMb" | "isEnabled" | "cleanupPercent" | "emergencyPercent"> =
  {
    lastResortPercent: 95,
    hysteresisPercent: 5,
    heapPercent: 90,
    leastGrowthPercent: 5,
    trimPauseMs: 60_000,
    recyclePauseMs: 10 * 60_000,
    restartPauseMs: 3 * 60_000,
    patienceMs: 30_000,
    effectMs: 10_000,
    growthFromMs: 20_000,
  };
