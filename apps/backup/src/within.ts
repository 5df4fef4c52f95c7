import type { Clock } from "@blacksky/machine";

/** Waits for `work`, but no longer than `limitMs`; `undefined` when it took longer. Its late failure is nobody's. */
export const within = async <T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T | undefined> => {
  work.catch(() => undefined);
  let cancel = (): void => undefined;
  const limit = new Promise<undefined>((resolve) => {
    const timer = clock.startTimer(Math.max(0, limitMs), () => resolve(undefined));
    cancel = () => timer.cancel();
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    cancel();
  }
};
