import { errorCode } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import { createNamedTimers, expiryIn, LONG_OVER, moveExpiry, remainingMs, watchWallClock } from "@blacksky/machine";
import type { Clock, Expiry } from "@blacksky/machine";

import type { Claim } from "./claim-lease.ts";
import { within } from "../within.ts";

export interface LeaseRenewalOptions {
  readonly claim: Pick<Claim, "leaseUntil" | "contested">;
  /** Asks the database for another `ttlMs`; throws `replica.fenced` when another process has the lease. */
  readonly renew: () => Promise<{ readonly contested: boolean }>;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Another process has the lease. Nothing is renewed after this. */
  readonly onFenced: () => void;
  /** `contested`: somebody stands by and takes the lease as soon as it runs out. */
  readonly onRenewed: (contested: boolean) => void;
  /** The database did not answer; it is asked again in time. */
  readonly onFailure: (error: unknown) => void;
  /** The lease runs out, and nobody was seen who would take it: a socket may live on for another lease's time. */
  readonly onAlone: () => void;
  /** The lease runs out soon, and somebody waits for that. Nothing is renewed after this. */
  readonly onEndangered: () => void;
}

/** A lease that is being kept. */
export interface LeaseRenewal {
  /** Until when a socket may live. Cut by then, it is gone before the lease is. */
  readonly socketUntil: Expiry;
  /** Asks the database once more if the lease has run out since its last answer; resolves within some seconds. */
  confirm(): Promise<void>;
  /** Somebody else has been met where only a holder may be. */
  rivalMet(): void;
  stop(): void;
}

/** The first renewal comes soon: it tells whether somebody stands by. */
const FIRST_RENEWAL_MS = 1_500;
/** What stopping keeper and bot may take at the worst, and half of a lease that is shorter than that. */
const STOPPING_MS = 10_000;
/** Kept between the end of a socket and that of the lease: for a busy machine, and for the way to WhatsApp. */
const GUARD_MS = 2_000;
/** How long an answer may take that has to tell whether the lease is still ours. */
const CONFIRM_MS = 3_000;

/**
 * Renews a lease four times within its life until it is stopped or lost. Some time before its end it is decided, by what
 * was last seen of others, whether a socket may outlive it. A jump of the wall clock is taken for a sleep of the machine
 * until the database has answered.
 */
export const startLeaseRenewal = (options: LeaseRenewalOptions): LeaseRenewal => {
  const { ttlMs, clock, log } = options;
  const timers = createNamedTimers<"renew" | "decide">(clock);
  const everyMs = ttlMs / 4;
  const marginMs = Math.min(STOPPING_MS, ttlMs / 2);
  const guardMs = Math.min(GUARD_MS, ttlMs / 8);
  const confirmMs = Math.min(CONFIRM_MS, everyMs);
  let { contested, leaseUntil: until } = options.claim;
  // No answer has come since the last renewal.
  let outOfSight = false;
  // `until` is no lease's end any more, only that of what a lone holder allows itself.
  let alone = false;
  let stopped = false;

  const stop = (): void => {
    stopped = true;
    timers.cancelAll();
    wall.stop();
  };
  const endangered = (): void => {
    stop();
    if (alone) until = LONG_OVER;
    options.onEndangered();
  };
  const goOnAlone = (): void => {
    alone = true;
    until = expiryIn(clock, ttlMs);
    timers.start("decide", ttlMs - marginMs, decide);
    options.onAlone();
  };
  const leftMs = (): number => remainingMs(clock, until) - marginMs;
  const decide = (): void => {
    if (leftMs() > 0) return timers.start("decide", leftMs(), decide);
    if (contested) return endangered();
    if (outOfSight) return goOnAlone();
    // Nothing has failed: this process itself was asleep.
    outOfSight = true;
    askAtOnce();
  };
  /** Only the database can tell now whether the lease is ours; if it does not, it is decided without it. */
  const askAtOnce = (): void => {
    const byItselfMs = until.monotonicMs - marginMs - clock.monotonic();
    timers.start("decide", byItselfMs > 0 ? Math.min(confirmMs, byItselfMs) : confirmMs, decide);
    void renew();
  };
  const fenced = (): void => {
    stop();
    until = LONG_OVER;
    options.onFenced();
  };
  const renewed = (granted: Expiry): void => {
    outOfSight = false;
    alone = false;
    until = granted;
    timers.start("renew", everyMs, () => void renew());
    // Unless the answer took too long, or the clock jumped meanwhile.
    if (leftMs() > 0) decide();
    else timers.start("renew", 0, askAtOnce);
    options.onRenewed(contested);
  };
  const renew = async (): Promise<void> => {
    const granted = expiryIn(clock, ttlMs);
    timers.cancel("renew");
    try {
      const answer = await options.renew();
      if (stopped) return;
      ({ contested } = answer);
      renewed(granted);
    } catch (error) {
      if (stopped) return;
      if (errorCode(error) === "replica.fenced") return fenced();
      outOfSight = true;
      timers.start("renew", everyMs, () => void renew());
      options.onFailure(error);
    }
  };
  const wall = watchWallClock(clock, (byMs) => {
    if (byMs < 0) {
      log.info("The clock of this machine was set back; leases are counted by one that nobody sets.", { byMs });
      return;
    }
    log.warn("The clock of this machine was set forward, or it was asleep; the lease is renewed at once.", { byMs });
    askAtOnce();
  });

  timers.start("renew", leftMs() > 0 ? Math.min(FIRST_RENEWAL_MS, everyMs) : 0, () => void renew());
  // Opening a large session may have taken as long as the lease lasts.
  timers.start("decide", Math.max(confirmMs, leftMs()), decide);

  return {
    get socketUntil() {
      return moveExpiry(until, -guardMs);
    },
    async confirm() {
      if (alone && !stopped) await within(clock, confirmMs, renew());
    },
    rivalMet() {
      if (stopped) return;
      contested = true;
      if (alone) endangered();
    },
    stop,
  };
};
