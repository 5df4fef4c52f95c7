import type { Clock, Timer } from "@blacksky/machine";
import { measureUsedMb } from "./usage.ts";

export interface MemorySampler {
  /** Megabytes at the last look. */
  readonly usedMb: number;
  /** The set of processes has changed: look again soon, once it has settled. */
  lookSoon(): void;
  stop(): void;
}

export interface MemorySamplerOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** The processes to count now. */
  readonly pids: () => readonly number[];
  /** Told each measurement, in megabytes. */
  readonly onSample?: (usedMb: number) => void;
  readonly measure?: (pids: readonly number[]) => Promise<number>;
}

/** A process that has just started is still growing. */
const SETTLE_MS = 1000;

/** Looks at the memory of all processes, now and then. */
export const startMemorySampler = (options: MemorySamplerOptions): MemorySampler => {
  const { clock, intervalMs, pids } = options;
  const measure = options.measure ?? measureUsedMb;
  let usedMb = 0;
  let timer: Timer | undefined;
  let stopped = false;

  const sampleAfter = (delayMs: number): void => {
    timer?.cancel();
    timer = stopped ? undefined : clock.startTimer(delayMs, () => void sample());
  };
  const sample = async (): Promise<void> => {
    usedMb = await measure(pids());
    options.onSample?.(usedMb);
    sampleAfter(intervalMs);
  };
  void sample();

  return {
    get usedMb() {
      return usedMb;
    },
    lookSoon: () => sampleAfter(Math.min(SETTLE_MS, intervalMs)),
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
};
