import type { Clock, Timer } from "@blacksky/machine";

/** What became of one try to send. `lost`: no answer came; nobody knows whether it arrived. */
export type Answer =
  | { readonly status: "accepted" }
  | { readonly status: "refused"; readonly code: string }
  | { readonly status: "lost" };

/** Messages on the wire that wait for the server's acknowledgement, by id. */
export interface AckWaiters {
  wait(id: string, deadlineMs: number): Promise<Answer>;
  settle(id: string, answer: Answer): void;
  /** The socket is gone: no answer will come. */
  loseAll(): void;
}

/** Nobody waits at first. */
export const createAckWaiters = (clock: Clock): AckWaiters => {
  const waiting = new Map<string, { readonly timer: Timer; readonly resolve: (answer: Answer) => void }>();
  const settle = (id: string, answer: Answer): void => {
    const waiter = waiting.get(id);
    if (waiter === undefined) return;
    waiting.delete(id);
    waiter.timer.cancel();
    waiter.resolve(answer);
  };
  return {
    wait: (id, deadlineMs) =>
      new Promise((resolve) => {
        const timer = clock.startTimer(deadlineMs, () => settle(id, { status: "lost" }));
        waiting.set(id, { timer, resolve });
      }),
    settle,
    loseAll: () => {
      for (const id of [...waiting.keys()]) settle(id, { status: "lost" });
    },
  };
};
