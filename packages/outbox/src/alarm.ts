import type { Clock, Timer } from "@blacksky/machine";

/** One timer for whatever falls due next. */
export interface Alarm {
  /** Rings in so many milliseconds at the latest, at once if negative. An earlier time that was set before stays. */
  within(delayMs: number): void;
  stop(): void;
}

/** @param ring what is due finds out by itself; the time that was set counts no longer */
export const createAlarm = (clock: Clock, ring: () => void): Alarm => {
  let timer: Timer | undefined;
  let ringsAt = Infinity;
  const stop = (): void => {
    timer?.cancel();
    timer = undefined;
    ringsAt = Infinity;
  };
  return {
    within(delayMs) {
      const at = clock.monotonic() + delayMs;
      if (at >= ringsAt) return;
      stop();
      ringsAt = at;
      timer = clock.startTimer(Math.max(0, delayMs), () => {
        stop();
        ring();
      });
    },
    stop,
  };
};
