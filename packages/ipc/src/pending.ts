import { BlackskyError } from "@blacksky/errors";
import type { Clock, Timer } from "@blacksky/machine";

/** Nobody is at the other end any more; whether the request was carried out is unknown. */
export const channelClosedError = (type: string): BlackskyError =>
  new BlackskyError("ipc.closed", `The channel closed before ${type} was answered.`);

interface Waiting {
  readonly type: string;
  readonly timer: Timer;
  /** Takes the abort listener off again; a signal may outlive a thousand requests. */
  readonly release: () => void;
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface PendingReplies {
  /** Registers a request; `promise` settles by `resolve`, `reject`, the deadline, the signal or `rejectAll`. */
  add(type: string, deadlineMs: number, signal?: AbortSignal): { id: number; promise: Promise<unknown> };
  resolve(id: number, body: unknown): void;
  reject(id: number, error: Error): void;
  /** Every waiting request fails with `ipc.closed`. */
  rejectAll(): void;
  readonly size: number;
}

/**
 * Replies that are waited for, by id.
 *
 * @param limit how many may wait at once; a caller beyond it is refused (`ipc.tooManyPending`) rather than queued
 */
export const createPendingReplies = (clock: Clock, limit: number): PendingReplies => {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  const take = (id: number): Waiting | undefined => {
    const entry = waiting.get(id);
    waiting.delete(id);
    entry?.timer.cancel();
    entry?.release();
    return entry;
  };

  return {
    add(type, deadlineMs, signal) {
      signal?.throwIfAborted();
      if (waiting.size >= limit) {
        throw new BlackskyError("ipc.tooManyPending", `${String(limit)} requests already wait; ${type} was not sent.`);
      }
      const id = ++lastId;
      const promise = new Promise<unknown>((resolve, reject) => {
        const timer = clock.startTimer(deadlineMs, () => {
          const text = `${type} was not answered within ${String(deadlineMs)} ms.`;
          take(id)?.reject(new BlackskyError("ipc.deadline", text));
        });
        const abort = (): void => take(id)?.reject(signal?.reason as Error);
        signal?.addEventListener("abort", abort);
        waiting.set(id, { type, timer, release: () => signal?.removeEventListener("abort", abort), resolve, reject });
      });
      return { id, promise };
    },
    // A reply to nobody is late (its deadline passed), not wrong.
    resolve: (id, body) => take(id)?.resolve(body),
    reject: (id, error) => take(id)?.reject(error),
    rejectAll() {
      for (const [id, { type }] of [...waiting]) take(id)?.reject(channelClosedError(type));
    },
    get size() {
      return waiting.size;
    },
  };
};
