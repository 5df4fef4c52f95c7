import type { Clock, Timer } from "./clock.ts";

/** Timers with names, as effects know them: starting a name again replaces it, stopping an unknown one does nothing. */
export interface NamedTimers<Name extends string> {
  start(name: Name, delayMs: number, fire: () => void): void;
  cancel(name: Name): void;
  cancelAll(): void;
}

/** One interpreter's timers, on its clock. */
export const createNamedTimers = <Name extends string>(clock: Clock): NamedTimers<Name> => {
  const timers = new Map<Name, Timer>();
  const cancel = (name: Name): void => {
    timers.get(name)?.cancel();
    timers.delete(name);
  };
  return {
    start(name, delayMs, fire) {
      cancel(name);
      const timer = clock.startTimer(delayMs, () => {
        // A fake clock may fire a timer that was replaced in the same instant.
        if (timers.get(name) !== timer) return;
        timers.delete(name);
        fire();
      });
      timers.set(name, timer);
    },
    cancel,
    cancelAll: () => {
      for (const name of [...timers.keys()]) cancel(name);
    },
  };
};
