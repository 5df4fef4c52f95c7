/** One process at one moment. */
export interface ProcessSample {
  /** A worker, or `runner`. */
  readonly id: string;
  readonly pid: number;
  /** What the kernel counts for it, in megabytes. */
  readonly mb: number;
  /** How full its heap is, of the limit that it was started with; `null` where that is not known. */
  readonly heapPercent: number | null;
}

/** What was measured. */
export interface MemorySampled {
  readonly type: "sampled";
  readonly processes: readonly ProcessSample[];
  /** The bot has commands or messages in hand. */
  readonly isBusy: boolean;
}

export type GovernorEvent = MemorySampled;
