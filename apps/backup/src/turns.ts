/** Work that is done one piece at a time. */
export interface Turns {
  /** Runs `work` after everything that was asked for before; throws what it throws, or why nothing runs any more. */
  take<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

/** @param signal ends what is under way, and lets nothing more begin */
export const createTurns = (signal: AbortSignal): Turns => {
  let underWay: Promise<unknown> = Promise.resolve();
  return {
    async take(work) {
      const turn = underWay.then(() => {
        signal.throwIfAborted();
        return work(signal);
      });
      underWay = turn.catch(() => undefined);
      return turn;
    },
    async settled() {
      await underWay;
    },
  };
};
