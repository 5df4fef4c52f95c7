import type { Clock, Timer } from "@blacksky/machine";
import { measureUsage, type ProcessUsage, type TreeProcess } from "@blacksky/supervisor";

export interface MemorySampler {
  /** What each process took at the last look. */
  readonly usage: readonly ProcessUsage[];
  /** The set of processes has changed: look again soon, once it has settled. */
  lookSoon(): void;
  stop(): void;
}

export interface MemorySamplerOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** The processes to count now. */
  readonly processes: () => readonly TreeProcess[];
  /** Told each measurement. */
  readonly onSample?: (usage: readonly ProcessUsage[]) => void;
  readonly measure?: (processes: readonly TreeProcess[]) => Promise<readonly ProcessUsage[]>;
}

/** A process that has just started is still growing. */
const SETTLE_MS = 1000;

/** Looks at the memory of all processes, now and then. */
export const startMemorySampler = (options: MemorySamplerOptions): MemorySampler => {
  const { clock, intervalMs, processes } = options;
  const measure = options.measure ?? measureUsage;
  let usage: readonly ProcessUsage[] = [];
  let timer: Timer | undefined;
  let stopped = false;

  const sampleAfter = (delayMs: number): void => {
    timer?.cancel();
    timer = stopped ? undefined : clock.startTimer(delayMs, () => void sample());
  };
  const sample = async (): Promise<void> => {
    usage = await measure(processes());
    if (!stopped) options.onSample?.(usage);
    sampleAfter(intervalMs);
  };
  void sample();

  return {
    get usage() {
      return usage;
    },
    lookSoon: () => sampleAfter(Math.min(SETTLE_MS, intervalMs)),
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
};
