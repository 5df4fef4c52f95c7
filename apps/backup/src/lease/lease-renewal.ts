import { errorCode } from "@blacksky/errors";
import { createNamedTimers } from "@blacksky/machine";
import type { Clock } from "@blacksky/machine";
import { renewLease } from "@blacksky/postgres";
import type { Database, Lease } from "@blacksky/postgres";

export interface LeaseRenewalOptions {
  readonly database: Database;
  readonly lease: Lease;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Another process has the lease. Nothing is renewed after this. */
  readonly onFenced: () => void;
  /** `contested`: somebody stands by and takes the lease as soon as it runs out. */
  readonly onRenewed: (contested: boolean) => void;
  /** The database did not answer; it is asked again in time. */
  readonly onFailure: (error: unknown) => void;
  /** The lease runs out soon, and somebody waits for that. Nothing is renewed after this. */
  readonly onEndangered: () => void;
}

/** A lease that is being kept. */
export interface LeaseRenewal {
  /**
   * Until when a socket may be opened, in epoch milliseconds: the end of the lease where somebody stands by for it. Where
   * nobody does, a database that is away is waited out.
   */
  readonly socketUntil: number;
  stop(): void;
}

/** The first renewal comes soon: it tells whether somebody stands by. */
const FIRST_RENEWAL_MS = 1_500;

/** What stopping keeper and bot may take at the worst, and half of a lease that is shorter than that. */
const STOPPING_MS = 10_000;

/**
 * Renews a lease four times within its life until it is stopped or lost. A process that was asleep finds its lease in
 * danger before anything else.
 *
 * @param takenAtMs when the lease was asked for: it cannot have begun earlier
 */
export const startLeaseRenewal = (options: LeaseRenewalOptions, takenAtMs: number): LeaseRenewal => {
  const { database, lease, ttlMs, clock } = options;
  const timers = createNamedTimers<"renew" | "danger">(clock);
  const everyMs = ttlMs / 4;
  const marginMs = Math.min(STOPPING_MS, ttlMs / 2);
  let stopped = false;
  let contested = false;
  let endsAtMs = takenAtMs + ttlMs;
  let socketUntil = endsAtMs;

  const stop = (): void => {
    stopped = true;
    timers.cancelAll();
  };
  const beware = (): void => {
    if (!contested) return timers.cancel("danger");
    timers.start("danger", Math.max(0, endsAtMs - marginMs - clock.now()), () => {
      stop();
      socketUntil = 0;
      options.onEndangered();
    });
  };
  const failed = (error: unknown): void => {
    if (!contested) socketUntil = clock.now() + ttlMs;
    options.onFailure(error);
  };

  const renew = async (): Promise<void> => {
    const askedAtMs = clock.now();
    try {
      const renewed = await renewLease(database, lease, ttlMs);
      if (stopped) return;
      ({ contested } = renewed);
      endsAtMs = askedAtMs + ttlMs;
      socketUntil = endsAtMs;
      beware();
      options.onRenewed(contested);
    } catch (error) {
      if (stopped) return;
      if (errorCode(error) === "replica.fenced") {
        stop();
        socketUntil = 0;
        return options.onFenced();
      }
      failed(error);
    }
    wait();
  };
  const wait = (delayMs = everyMs): void => timers.start("renew", delayMs, () => void renew());
  wait(Math.min(FIRST_RENEWAL_MS, everyMs));

  return {
    get socketUntil() {
      return socketUntil;
    },
    stop,
  };
};
