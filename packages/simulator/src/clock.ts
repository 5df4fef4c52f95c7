import { clearTimeout as cancelTimer, setTimeout as startTimer } from "node:timers";

/** The simulator plays an outside party, so it lives on the real clock; this file is the only place that reads it. */

/** Milliseconds since the epoch. */
export const nowMs = (): number => Date.now();

/** Seconds since the epoch, as WhatsApp's `t` attributes carry them. */
export const nowSeconds = (): number => Math.floor(nowMs() / 1000);

/** Runs `task` once after `delayMs`; the timer does not keep the process alive. Returns a function that cancels it. */
export const after = (delayMs: number, task: () => void): (() => void) => {
  const timer = startTimer(task, delayMs);
  timer.unref();
  return () => {
    cancelTimer(timer);
  };
};
