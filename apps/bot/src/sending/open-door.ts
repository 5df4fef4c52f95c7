import type { Clock } from "@blacksky/machine";

/** The way to whatever is open now, or will be: sends wait here while there is no connection. */
export interface OpenDoor<Thing> {
  readonly now: Thing | undefined;
  open(thing: Thing): void;
  close(): void;
  /** What is open, or what opens within the time; `undefined` when nothing does. */
  next(withinMs: number): Promise<Thing | undefined>;
  /** Those who wait now get `undefined`. */
  turnAway(): void;
  /** Nothing will open any more; those who wait get `undefined`. */
  lock(): void;
}

/** Closed at first. */
export const createOpenDoor = <Thing>(clock: Clock): OpenDoor<Thing> => {
  const waiting = new Set<(thing: Thing | undefined) => void>();
  let current: Thing | undefined;
  let locked = false;
  const letIn = (thing: Thing | undefined): void => {
    for (const resolve of [...waiting]) resolve(thing);
  };
  return {
    get now() {
      return current;
    },
    open(thing) {
      current = thing;
      letIn(thing);
    },
    close() {
      current = undefined;
    },
    next(withinMs) {
      if (current !== undefined || locked || withinMs <= 0) return Promise.resolve(current);
      return new Promise((resolve) => {
        const settle = (thing: Thing | undefined): void => {
          waiting.delete(settle);
          timer.cancel();
          resolve(thing);
        };
        const timer = clock.startTimer(withinMs, () => settle(undefined));
        waiting.add(settle);
      });
    },
    turnAway: () => letIn(undefined),
    lock() {
      locked = true;
      letIn(undefined);
    },
  };
};
