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

/** @param startMs the epoch milliseconds it begins with */
export const createFakeClock = (startMs = 0): FakeClock => {
  const waiting = new Map<Timer, { dueMs: number; order: number; fire: () => void }>();
  let monotonicMs = startMs;
  let wallAheadMs = 0;
  let order = 0;

  const takeDue = (untilMs: number): (() => void) | undefined => {
    const due = [...waiting].filter(([, entry]) => entry.dueMs <= untilMs);
    due.sort(([, a], [, b]) => a.dueMs - b.dueMs || a.order - b.order);
    const first = due[0];
    if (first === undefined) return undefined;
    const [timer, entry] = first;
    waiting.delete(timer);
    monotonicMs = Math.max(monotonicMs, entry.dueMs);
    return entry.fire;
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
