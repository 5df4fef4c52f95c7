import { errorCode } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import { createNamedTimers, expiryIn, LONG_OVER, moveExpiry, remainingMs, watchWallClock } from "@blacksky/machine";
import type { Clock, Expiry } from "@blacksky/machine";

import { within } from "../within.ts";
import type { Claim } from "./claim-lease.ts";
import { challenged, decideOn, unanswered } from "./grip.ts";
import type { Grip } from "./grip.ts";

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

/** Everything in its proportion to a lease that may be shorter than production's. */
const timesOf = (ttlMs: number) => ({
  everyMs: ttlMs / 4,
  againMs: ttlMs / 16,
  marginMs: Math.min(STOPPING_MS, ttlMs / 2),
  guardMs: Math.min(GUARD_MS, ttlMs / 8),
  confirmMs: Math.min(CONFIRM_MS, ttlMs / 4),
  firstMs: Math.min(FIRST_RENEWAL_MS, ttlMs / 4),
});

type Answer =
  | { readonly status: "renewed"; readonly contested: boolean }
  | { readonly status: "fenced" }
  | { readonly status: "failed"; readonly error: unknown };

const ask = async ({ renew }: LeaseRenewalOptions): Promise<Answer> => {
  try {
    return { status: "renewed", ...(await renew()) };
  } catch (error) {
    return errorCode(error) === "replica.fenced" ? { status: "fenced" } : { status: "failed", error };
  }
};

/** How long to wait for an answer that has to come: no longer than without a jump of the wall clock. */
const patienceMs = (clock: Clock, until: Expiry, marginMs: number, confirmMs: number): number => {
  const leftAnywayMs = until.monotonicMs - marginMs - clock.monotonic();
  return leftAnywayMs > 0 ? Math.min(confirmMs, leftAnywayMs) : confirmMs;
};

/** Only a clock set forward looks like a machine that slept. */
const watchSleep = ({ clock, log }: LeaseRenewalOptions, onAwake: () => void): { stop(): void } =>
  watchWallClock(clock, (byMs) => {
    if (byMs < 0) {
      log.info("The clock of this machine was set back; leases are counted by one that nobody sets.", { byMs });
      return;
    }
    log.warn("The clock of this machine was set forward, or it was asleep; the lease is renewed at once.", { byMs });
    onAwake();
  });

/**
 * Renews a lease four times within its life, and more often while the database does not answer, until it is stopped or
 * lost. Some time before its end it is decided, by what was last seen of others, whether a socket may outlive it. A jump of
 * the wall clock is taken for a sleep of the machine until the database has answered.
 */
export const startLeaseRenewal = (options: LeaseRenewalOptions): LeaseRenewal => {
  const { claim, ttlMs, clock } = options;
  const { everyMs, againMs, marginMs, guardMs, confirmMs, firstMs } = timesOf(ttlMs);
  const timers = createNamedTimers<"renew" | "decide">(clock);
  let grip: Grip = { status: "held", until: claim.leaseUntil, contested: claim.contested, answered: true };
  let stopped = false;

  const leftMs = (): number => remainingMs(clock, grip.until) - marginMs;
  const stop = (): void => {
    stopped = true;
    timers.cancelAll();
    sleep.stop();
  };
  const lose = (until: Expiry, tell: () => void): void => {
    stop();
    grip = { status: "lost", until };
    tell();
  };
  const decide = (): void => {
    switch (decideOn(grip, leftMs())) {
      case "wait":
        return timers.start("decide", leftMs(), decide);
      case "ask":
        return askAtOnce();
      case "goOnAlone":
        grip = { status: "alone", until: expiryIn(clock, ttlMs) };
        timers.start("decide", ttlMs - marginMs, decide);
        return options.onAlone();
      case "giveUp":
        return lose(grip.until, options.onEndangered);
    }
  };
  /** Only the database can tell now whether the lease is ours; if it does not in time, it is decided without it. */
  const askAtOnce = (): void => {
    timers.start("decide", patienceMs(clock, grip.until, marginMs, confirmMs), decide);
    grip = unanswered(grip);
    void renew();
  };
  const renewed = (until: Expiry, contested: boolean): void => {
    grip = { status: "held", until, contested, answered: true };
    // Unless the answer took too long, or the clock jumped meanwhile.
    if (leftMs() > 0) decide();
    else timers.start("renew", 0, askAtOnce);
    options.onRenewed(contested);
  };
  const renew = async (): Promise<void> => {
    const until = expiryIn(clock, ttlMs);
    timers.cancel("renew");
    const answer = await ask(options);
    if (stopped) return;
    if (answer.status === "fenced") return lose(LONG_OVER, options.onFenced);
    // After an outage soon: the next one may begin before a whole period is over, and the socket's time runs on meanwhile.
    timers.start("renew", answer.status === "renewed" ? everyMs : againMs, () => void renew());
    if (answer.status === "renewed") return renewed(until, answer.contested);
    grip = unanswered(grip);
    options.onFailure(answer.error);
  };
  const sleep = watchSleep(options, askAtOnce);

  timers.start("renew", leftMs() > 0 ? firstMs : 0, () => void renew());
  timers.start("decide", Math.max(confirmMs, leftMs()), decide);

  return {
    get socketUntil() {
      return moveExpiry(grip.until, -guardMs);
    },
    async confirm() {
      if (grip.status === "alone") await within(clock, confirmMs, renew());
    },
    rivalMet() {
      grip = challenged(grip);
      if (grip.status === "lost" && !stopped) lose(grip.until, options.onEndangered);
    },
    stop,
  };
};
