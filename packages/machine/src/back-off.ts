export interface BackOff {
  /** Delay before the first retry, in milliseconds. */
  readonly initialMs: number;
  /** No delay is longer than this. */
  readonly maxMs: number;
  /** Growth from one attempt to the next. */
  readonly factor: number;
  /** Share of the delay that is left to chance, 0 (none) to 1 (anything from zero). */
  readonly jitter: number;
}

/**
 * Exponential back-off.
 *
 * @param attempt 0 for the first retry
 * @param chance a roll in [0, 1); it comes in because transitions roll no dice
 * @returns milliseconds
 */
export const backOffDelayMs = (backOff: BackOff, attempt: number, chance: number): number => {
  const ceilingMs = Math.min(backOff.maxMs, backOff.initialMs * backOff.factor ** attempt);
  return Math.round(ceilingMs * (1 - backOff.jitter * chance));
};
