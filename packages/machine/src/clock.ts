/** A pending timer; `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** The only door to time. Everything that waits takes one of these, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch. Somebody may set this clock, by hours, forward or back. */
  now(): number;
  /**
   * Milliseconds on a clock that nobody sets, the same for every process of this machine. Timers go by it. It stands still
   * while the machine is suspended.
   */
  monotonic(): number;
  /** Calls `fire` once after `delayMs`. */
  startTimer(delayMs: number, fire: () => void): Timer;
}

const NANOSECONDS_PER_MS = 1_000_000n;

/** Real time. Timers keep the process alive, as a supervisor's must. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not `performance.now()`, which counts from the start of each process.
  monotonic: () => Number(process.hrtime.bigint() / NANOSECONDS_PER_MS),
  startTimer(delayMs, fire) {
    const handle = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Runs `call` with a signal that fires when `signal` does, or `deadlineMs` from now on that clock. */
export const callWithin = async <T>(
  clock: Clock,
  deadlineMs: number,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const deadline = new AbortController();
  const timer = clock.startTimer(deadlineMs, () => deadline.abort());
  try {
    return await call(AbortSignal.any([deadline.signal, signal]));
  } finally {
    timer.cancel();
  }
};

/** Resolves after `delayMs` on that clock; rejects with the signal's reason when aborted first. */
export const delay = (clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = clock.startTimer(delayMs, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    const abort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
