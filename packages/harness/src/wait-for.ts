import { delay, systemClock } from "@blacksky/machine";

const POLL_MS = 25;

/**
 * Waits until `probe` gives something, and fails with what was waited for at the deadline.
 *
 * @param probe `undefined` or a rejection means "not yet"
 */
export const waitFor = async <T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  deadlineMs: number,
): Promise<T> => {
  const deadline = systemClock.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (systemClock.now() > deadline) {
      throw new Error(`Not within ${String(deadlineMs)} ms: ${what}`, { cause: last });
    }
    await delay(systemClock, POLL_MS);
  }
};
