import { BlackskyError } from "@blacksky/errors";
import type { Clock } from "@blacksky/machine";

/** Those who wait until a position is replicated. */
export interface FlushWaiters {
  /** Resolves when `reached` gets there; rejects with `backup.flushDeadline` when it does not in time. */
  wait(position: number, deadlineMs: number): Promise<void>;
  /** Everything up to `position` is replicated. */
  reached(position: number): void;
  /** Nothing will be replicated any more. */
  rejectAll(error: Error): void;
}

interface Waiter {
  readonly position: number;
  readonly settle: (error?: Error) => void;
}

/** An empty list of them. */
export const createFlushWaiters = (clock: Clock): FlushWaiters => {
  const waiting = new Set<Waiter>();
  return {
    wait: (position, deadlineMs) =>
      new Promise((resolve, reject) => {
        const waiter: Waiter = {
          position,
          settle(error) {
            timer.cancel();
            waiting.delete(waiter);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        const timer = clock.startTimer(deadlineMs, () =>
          waiter.settle(
            new BlackskyError("backup.flushDeadline", "The session was not replicated in time.", {
              hint: "It is safe on this disk, and replicated as soon as the database can be written to.",
            }),
          ),
        );
        waiting.add(waiter);
      }),
    reached(position) {
      for (const waiter of [...waiting]) if (waiter.position <= position) waiter.settle();
    },
    rejectAll(error) {
      for (const waiter of [...waiting]) waiter.settle(error);
    },
  };
};
