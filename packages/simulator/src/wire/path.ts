import { after, nowMs } from "../clock.ts";

/** How slow a network is: every frame takes `ms`, and up to `jitterMs` more by chance. */
export interface Latency {
  ms: number;
  jitterMs: number;
}

interface Parcel {
  dueAt: number;
  deliver: () => void;
}

/**
 * One direction between the server and a client. It can be slow, and it can stand still; it never changes the order.
 * What passes while it is neither is delivered at once.
 */
export class Path {
  readonly #latency: () => Latency;
  #parcels: Parcel[] = [];
  #stalled = false;
  #lastDueAt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(latency: () => Latency) {
    this.#latency = latency;
  }

  pass(deliver: () => void): void {
    const { ms, jitterMs } = this.#latency();
    const delayMs = ms + Math.random() * jitterMs;
    if (delayMs === 0 && !this.#stalled && this.#parcels.length === 0) {
      deliver();
      return;
    }
    // A frame that was luckier than the one before it still arrives after it.
    this.#lastDueAt = Math.max(this.#lastDueAt, nowMs() + delayMs);
    this.#parcels.push({ dueAt: this.#lastDueAt, deliver });
    this.#schedule();
  }

  /** Holds everything back. */
  stall(): void {
    this.#stalled = true;
    this.#cancelTimer?.();
  }

  /** Lets through what was held back, and goes on. */
  release(): void {
    this.#stalled = false;
    this.#schedule();
  }

  /** Forgets what is under way: the connection is gone. */
  clear(): void {
    this.#parcels = [];
    this.#cancelTimer?.();
  }

  #schedule(): void {
    this.#cancelTimer?.();
    const [next] = this.#parcels;
    if (next === undefined || this.#stalled) return;
    this.#cancelTimer = after(Math.max(0, next.dueAt - nowMs()), () => {
      this.#deliverDue();
    });
  }

  #deliverDue(): void {
    const now = nowMs();
    for (let [next] = this.#parcels; next !== undefined && next.dueAt <= now; [next] = this.#parcels) {
      this.#parcels.shift();
      next.deliver();
      if (this.#stalled) return;
    }
    this.#schedule();
  }
}
