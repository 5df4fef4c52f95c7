import type { Clock } from "./clock.ts";

/** How a wait ended. `paused`: there was none, because the one before was in vain. */
export type WaitOutcome =
  | { readonly status: "done" }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "paused" };

/** Waits for what may be in vain, and then not at all for a while, so that not everybody waits in vain. */
export interface Patience {
  /** Never rejects. */
  wait(attempt: () => Promise<unknown>): Promise<WaitOutcome>;
}

/** @param pauseMs how long nothing is waited for after a failure */
export const createPatience = (clock: Pick<Clock, "monotonic">, pauseMs: number): Patience => {
  let resumeAtMs = -Infinity;
  return {
    async wait(attempt) {
      if (clock.monotonic() < resumeAtMs) return { status: "paused" };
      try {
        await attempt();
        return { status: "done" };
      } catch (error) {
        resumeAtMs = clock.monotonic() + pauseMs;
        return { status: "failed", error };
      }
    },
  };
};
