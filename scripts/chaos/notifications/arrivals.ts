import { waitFor } from "@blacksky/harness";
import { systemClock } from "@blacksky/machine";
import type { Simulator } from "@blacksky/simulator";
import { numberOf } from "./judge.ts";

/** Follows which notifications somebody has seen. */
export interface Arrivals {
  /** Numbers of those that were handed in and that nobody has seen; whoever hands in adds them. */
  readonly missing: Set<number>;
  /** Resolves when none is missing, or when none has been seen for so long. */
  settle(stillMs: number): Promise<void>;
  stop(): void;
}

/** @param phone the bot's number, whose own phone gets its copy of everything */
export const watchArrivals = (simulator: Simulator, phone: string): Arrivals => {
  const missing = new Set<number>();
  let lastAt = systemClock.monotonic();
  const stop = simulator.on("message.seen", ({ text, by }) => {
    if (by !== phone && missing.delete(numberOf(text) ?? -1)) lastAt = systemClock.monotonic();
  });
  return {
    missing,
    stop,
    async settle(stillMs) {
      lastAt = systemClock.monotonic();
      const isOver = (): boolean => missing.size === 0 || systemClock.monotonic() - lastAt > stillMs;
      await waitFor("all have been seen, or none is any more", () => isOver() || undefined, Infinity);
    },
  };
};
