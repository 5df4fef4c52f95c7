import type { Clock, Timer } from "@blacksky/machine";

/** Tells something at most once per interval: at once when it has been quiet, else at the interval's end. */
export interface Pace {
  touch(): void;
  /** Tells now what still waits. */
  flush(): void;
}

/** @param tell reads what is to be told by itself, so that it is always the newest */
export const createPace = (clock: Clock, intervalMs: number, tell: () => void): Pace => {
  let timer: Timer | undefined;
  let waits = false;
  const rest = (): void => {
    timer = clock.startTimer(intervalMs, () => {
      timer = undefined;
      if (!waits) return;
      waits = false;
      rest();
      tell();
    });
  };
  return {
    touch() {
      if (timer !== undefined) {
        waits = true;
        return;
      }
      rest();
      tell();
    },
    flush() {
      timer?.cancel();
      timer = undefined;
      if (!waits) return;
      waits = false;
      tell();
    },
  };
};
