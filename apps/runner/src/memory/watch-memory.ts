export interface MemoryWatchOptions {
  readonly quotaMb: number;
  /** Percent of the quota: from here on it is told, and told again only after it was below the other one. */
  readonly emergencyThreshold: number;
  readonly cleanupThreshold: number;
  readonly onPressure: (usedMb: number, quotaMb: number) => void;
}

/** Tells once when the memory runs out; to be called with each measurement. */
export const watchMemory = (options: MemoryWatchOptions): ((usedMb: number) => void) => {
  const { quotaMb, emergencyThreshold, cleanupThreshold, onPressure } = options;
  let isTold = false;
  return (usedMb) => {
    const percent = (usedMb / quotaMb) * 100;
    if (percent < cleanupThreshold) isTold = false;
    if (percent < emergencyThreshold || isTold) return;
    isTold = true;
    onPressure(usedMb, quotaMb);
  };
};
