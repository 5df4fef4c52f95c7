import type { Clock, Timer } from "@blacksky/machine";

/** How long the event loop was blocked lately: whatever arrives has to wait that long to be read. */
export interface LagMeter {
  /** The longest delay within the last 15 seconds, the present one included. */
  readonly worstMs: number;
  stop(): void;
}

const SAMPLE_MS = 500;
/** Longer than a ping may take, so that what made it fail is still known. */
const WINDOW_MS = 15_000;

/** Measures how late a timer fires that ought to be on time. */
export const createLagMeter = (clock: Clock): LagMeter => {
  const samples: { readonly at: number; readonly lagMs: number }[] = [];
  let dueAt = 0;
  let timer: Timer;

  const forget = (now: number): void => {
    while (samples[0] !== undefined && samples[0].at < now - WINDOW_MS) samples.shift();
  };
  const sample = (): void => {
    const now = clock.monotonic();
    samples.push({ at: now, lagMs: now - dueAt });
    forget(now);
    expect();
  };
  const expect = (): void => {
    dueAt = clock.monotonic() + SAMPLE_MS;
    timer = clock.startTimer(SAMPLE_MS, sample);
  };
  expect();

  return {
    get worstMs() {
      const now = clock.monotonic();
      forget(now);
      // A message may be read before the timer that is overdue fires.
      return Math.max(0, now - dueAt, ...samples.map(({ lagMs }) => lagMs));
    },
    stop: () => timer.cancel(),
  };
};
