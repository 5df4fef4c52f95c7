import { BlackskyError } from "@blacksky/errors";
import { createRepeatGuard } from "@blacksky/logger";
import { backOffDelayMs, createNamedTimers } from "@blacksky/machine";
import { isRetryable } from "@blacksky/postgres";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import type { LeasedReplication } from "../leased-replication.ts";
import { createHandRows } from "./hand-rows.ts";
import type { Enqueue, HandRowsOptions } from "./hand-rows.ts";

export interface HandOverOptions {
  readonly context: HandRowsOptions["context"] & Pick<Context, "pace" | "random" | "source">;
  readonly enqueue: Enqueue;
  /** Whether the database answered lately: while it does not, its connections are for those who keep the lease. */
  readonly isDatabaseInSight: () => boolean;
}

/** What was left in PostgreSQL goes to the bot, again and again, as long as a lease is held. */
export interface HandOver {
  /** Begins, under this lease. */
  adopt(claim: Claim, replication: Pick<LeasedReplication, "flush">): void;
  /** Somebody says that something lies there. */
  look(): void;
  /**
   * Resolves once the bot has everything that was left before the call.
   *
   * @throws BlackskyError `outbox.notHandedOver` where that cannot be said, for want of the bot or the database
   */
  finish(): Promise<void>;
  /** Begins nothing more; resolves when nothing is under way. */
  stop(): Promise<void>;
}

const FAILING = "Notifications that were left in the database cannot be handed over now; they stay there.";

const notHandedOver = (): BlackskyError =>
  new BlackskyError("outbox.notHandedOver", "The bot could not take what was left in the database.");

/**
 * Looks every other second, one round at a time. No `LISTEN`: it would hold a connection for good, and something lies there
 * only while two instances overlap or the bot is being restarted; the runner asks for a round before it goes on after that.
 */
export const createHandOver = ({ context, enqueue, isDatabaseInSight }: HandOverOptions): HandOver => {
  const { clock, log, pace, random } = context;
  const trouble = createRepeatGuard({ logger: log, clock });
  const timers = createNamedTimers<"round">(clock);
  const ending = new AbortController();
  const { signal } = ending;
  let handRows: (() => Promise<boolean>) | undefined;
  let running: Promise<boolean> = Promise.resolve(true);
  let next: Promise<boolean> | undefined;
  let failures = 0;

  // An outage of the database is told by those who replicate.
  const onTrouble = (error: unknown): void => {
    if (!signal.aborted && !isRetryable(error)) trouble.happened(FAILING, error);
  };
  const round = async (): Promise<boolean> => {
    next = undefined;
    timers.cancel("round");
    if (signal.aborted || handRows === undefined) return false;
    const isInSight = isDatabaseInSight();
    const isComplete =
      isInSight &&
      (await handRows().catch((error: unknown) => {
        onTrouble(error);
        return false;
      }));
    if (isComplete) trouble.ended(FAILING);
    failures = isComplete || !isInSight ? 0 : failures + 1;
    // A bot that is being restarted is back within a second or two.
    const soonerMs = failures === 0 ? Infinity : backOffDelayMs(pace.backOff, failures - 1, random());
    if (!signal.aborted) timers.start("round", Math.min(pace.intakePollMs, soonerMs), look);
    return isComplete;
  };
  /** A round that begins after this call: the one under way may have passed what is meant. */
  const begin = (): Promise<boolean> => {
    next ??= running = running.then(round);
    return next;
  };
  const look = (): void => void begin();

  return {
    adopt(claim, replication) {
      handRows = createHandRows({ context, claim, replication, enqueue, onTrouble, signal });
      look();
    },
    look,
    async finish() {
      // Without a database nothing can have been left.
      if (context.source !== undefined && !(await begin())) throw notHandedOver();
    },
    async stop() {
      ending.abort();
      timers.cancelAll();
      await running;
    },
  };
};
