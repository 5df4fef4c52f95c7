import type { Clock } from "./clock.ts";

/**
 * When a lifetime is over, on both clocks of a machine: the wall clock may be set, and the other one stands still while
 * the machine is suspended. Either alone would let a lifetime last too long.
 */
export interface Expiry {
  /** Milliseconds since the epoch. */
  readonly epochMs: number;
  /** On `Clock.monotonic`, so it means something on this machine only. */
  readonly monotonicMs: number;
}

/** Over since long ago. */
export const LONG_OVER: Expiry = { epochMs: 0, monotonicMs: 0 };

/** The end of a lifetime that begins now. */
export const expiryIn = (clock: Clock, lifeMs: number): Expiry => ({
  epochMs: clock.now() + lifeMs,
  monotonicMs: clock.monotonic() + lifeMs,
});

/** The same end, moved by some milliseconds. */
export const moveExpiry = ({ epochMs, monotonicMs }: Expiry, byMs: number): Expiry => ({
  epochMs: Math.max(0, epochMs + byMs),
  monotonicMs: Math.max(0, monotonicMs + byMs),
});

/** What is left of it, by the clock that gives it less; negative once that one says that it is over. */
export const remainingMs = (clock: Clock, { epochMs, monotonicMs }: Expiry): number =>
  Math.min(epochMs - clock.now(), monotonicMs - clock.monotonic());

/**
 * Where a lifetime stands. `doubtful`: over by the wall clock alone. Somebody set it forward, or the machine was asleep;
 * only whoever granted the lifetime can tell which, and until then it must be taken for over.
 */
export type Life = "running" | "doubtful" | "over";

/** Where a lifetime stands now. */
export const lifeOf = (clock: Clock, expiry: Expiry): Life => {
  if (expiry.monotonicMs <= clock.monotonic()) return "over";
  if (expiry.epochMs > clock.now()) return "running";
  return expiry.epochMs === 0 ? "over" : "doubtful";
};
