import { delay, type Clock } from "@blacksky/machine";

/** Waits until the work is done, but no longer than `limitMs`; whether it failed is for others to see. */
export const waitAtMost = async (clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> => {
  const done = new AbortController();
  const stop = (): void => done.abort();
  const timeUp = delay(clock, Math.max(0, limitMs), done.signal).catch(() => undefined);
  await Promise.race([work.then(stop, stop), timeUp]);
};
