import { bucketWaitMs, FULL_BUCKET, takeToken, type Bucket, type Rate } from "./bucket.ts";

/** How much may be sent. A stranger is a person who never wrote to us. */
export interface RateLimits {
  /** To everybody together. */
  readonly overall: Rate;
  /** To one chat. */
  readonly chat: Rate;
  /** To all strangers together. */
  readonly strangers: Rate;
  /** To one stranger. */
  readonly stranger: Rate;
}

/**
 * Slow enough to look like a person: WhatsApp bans numbers that write much, and soonest those that write to people who do not
 * answer. What is answered in a chat does not go through here.
 */
export const DEFAULT_LIMITS: RateLimits = {
  overall: { burst: 20, everyMs: 2000 },
  chat: { burst: 5, everyMs: 3000 },
  strangers: { burst: 3, everyMs: 60_000 },
  stranger: { burst: 2, everyMs: 10 * 60_000 },
};

const UNLIMITED: Rate = { burst: 1, everyMs: 0 };

/** For a server that bans nobody. */
export const NO_LIMITS: RateLimits = {
  overall: UNLIMITED,
  chat: UNLIMITED,
  strangers: UNLIMITED,
  stranger: UNLIMITED,
};

/** The buckets of one outbox. Times in milliseconds on a clock that nobody sets. */
export interface Limits {
  overallWaitMs(now: number): number;
  strangersWaitMs(now: number): number;
  chatWaitMs(chat: string, isStranger: boolean, now: number): number;
  /** One was sent. */
  take(chat: string, isStranger: boolean, now: number): void;
  /** Forgets chats of which nothing has to be known any more. */
  tidy(now: number): void;
}

/** Full buckets. */
export const createLimits = (rates: RateLimits): Limits => {
  const chats = new Map<string, Bucket>();
  let overall = FULL_BUCKET;
  let strangers = FULL_BUCKET;
  const rateOf = (isStranger: boolean): Rate => (isStranger ? rates.stranger : rates.chat);
  return {
    overallWaitMs: (now) => bucketWaitMs(rates.overall, overall, now),
    strangersWaitMs: (now) => bucketWaitMs(rates.strangers, strangers, now),
    chatWaitMs: (chat, isStranger, now) => bucketWaitMs(rateOf(isStranger), chats.get(chat) ?? FULL_BUCKET, now),
    take(chat, isStranger, now) {
      overall = takeToken(rates.overall, overall, now);
      if (isStranger) strangers = takeToken(rates.strangers, strangers, now);
      const rate = rateOf(isStranger);
      if (rate.everyMs > 0) chats.set(chat, takeToken(rate, chats.get(chat) ?? FULL_BUCKET, now));
    },
    tidy(now) {
      for (const [chat, fullAt] of chats) if (fullAt <= now) chats.delete(chat);
    },
  };
};
