import type { Clock, Timer } from "@blacksky/machine";
import { measureUsedMb } from "./usage.ts";

export interface MemorySampler {
  /** Megabytes at the last look. */
  readonly usedMb: number;
  stop(): void;
}

export interface MemorySamplerOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** The processes to count now. */
  readonly pids: () => readonly number[];
  readonly measure?: (pids: readonly number[]) => Promise<number>;
}

/** Looks at the memory of all processes, now and then. */
export const startMemorySampler = (options: MemorySamplerOptions): MemorySampler => {
  const { clock, intervalMs, pids } = options;
  const measure = options.measure ?? measureUsedMb;
  let usedMb = 0;
  let timer: Timer | undefined;
  let stopped = false;

  const sample = async (): Promise<void> => {
    usedMb = await measure(pids());
    if (!stopped) timer = clock.startTimer(intervalMs, () => void sample());
  };
  void sample();

  return {
    get usedMb() {
      return usedMb;
    },
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
};
