import type { Clock, Timer } from "./clock.ts";

/** A clock for tests: time moves only by `advance`, and timers fire in order of their due time. */
export interface FakeClock extends Clock {
  /** Moves time forward by `ms`, firing what falls due on the way, also timers started by fired timers. */
  advance(ms: number): void;
  /** Somebody sets the wall clock, back if negative; or the machine was suspended for that long. No timer notices. */
  setWall(byMs: number): void;
  /** How many timers wait. */
  readonly pending: number;
  /** How long until the next timer fires; `undefined` when none waits. For worlds that live from one event to the next. */
  readonly untilNextMs: number | undefined;
}

interface Waiting {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** @param startMs the epoch milliseconds it begins with */
export const createFakeClock = (startMs = 0): FakeClock => {
  const waiting = new Map<Timer, Waiting>();
  let monotonicMs = startMs;
  let wallAheadMs = 0;
  let order = 0;

  // One pass and no copy: tests let months go by.
  const takeDue = (untilMs: number): (() => void) | undefined => {
    let first: Timer | undefined;
    let due: Waiting | undefined;
    for (const [timer, entry] of waiting) {
      if (entry.dueMs > untilMs) continue;
      if (due !== undefined && (entry.dueMs - due.dueMs || entry.order - due.order) > 0) continue;
      first = timer;
      due = entry;
    }
    if (first === undefined || due === undefined) return undefined;
    waiting.delete(first);
    monotonicMs = Math.max(monotonicMs, due.dueMs);
    return due.fire;
  };

  return {
    now: () => monotonicMs + wallAheadMs,
    monotonic: () => monotonicMs,
    startTimer(delayMs, fire) {
      const timer: Timer = { cancel: () => void waiting.delete(timer) };
      waiting.set(timer, { dueMs: monotonicMs + delayMs, order: order++, fire });
      return timer;
    },
    advance(ms) {
      const untilMs = monotonicMs + ms;
      for (let fire = takeDue(untilMs); fire !== undefined; fire = takeDue(untilMs)) fire();
      monotonicMs = untilMs;
    },
    setWall(byMs) {
      wallAheadMs += byMs;
    },
    get pending() {
      return waiting.size;
    },
    get untilNextMs() {
      let nextMs: number | undefined;
      for (const { dueMs } of waiting.values()) nextMs = Math.min(nextMs ?? dueMs, dueMs);
      return nextMs === undefined ? undefined : Math.max(0, nextMs - monotonicMs);
    },
  };
};
