import type { Logger } from "@blacksky/logger";
import { backOffDelayMs, callWithin, delay, type BackOff, type Clock, type Random } from "@blacksky/machine";
import type { Alert } from "@blacksky/protocol";
import { createPoster, type AlertNote, type PostOutcome } from "./post-alert.ts";

/** Whoever reads it has heard of this trouble; a reminder an hour is enough. */
const SAME_KIND_MS = 3_600_000;
/** For one attempt, from the first packet to the end of the answer. */
const DEADLINE_MS = 10_000;
const MAX_ATTEMPTS = 6;
/** Spread over some five minutes: what is down longer is not waited for. */
const PACE: BackOff = { initialMs: 5_000, maxMs: 120_000, factor: 3, jitter: 0.3 };
/** No receiver decides to keep us longer. */
const LONGEST_WAIT_MS = 300_000;
/** There are not so many kinds; more than this is a fault of ours and no reason to hold memory. */
const UNDER_WAY_LIMIT = 20;

export interface AlertDeskOptions {
  /** ALERT_WEBHOOK_URL; without one nothing is sent. */
  readonly url: string | undefined;
  /** SESSION_ID. */
  readonly bot: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Takes alerts to a person by a way that is not WhatsApp. Nothing waits for it and nothing fails because of it. */
export interface AlertDesk {
  raise(alert: Alert): void;
  /** Lets what is under way have `graceMs` more, then drops it. */
  close(graceMs: number): Promise<void>;
}

const SILENT: AlertDesk = { raise: () => undefined, close: () => Promise.resolve() };

/** A desk that posts to `url`, each kind of alert at most once an hour, and tries again what was not taken. */
export const createAlertDesk = ({ url, bot, clock, random, log }: AlertDeskOptions): AlertDesk => {
  if (url === undefined) return SILENT;
  const post = createPoster(url);
  const raisedAtMs = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  const end = new AbortController();

  const attempt = (note: AlertNote): Promise<PostOutcome> =>
    callWithin(clock, DEADLINE_MS, end.signal, (signal) => post(note, signal));

  const deliver = async (note: AlertNote): Promise<void> => {
    const fields = { alert: note.kind };
    for (let made = 1; !end.signal.aborted; made += 1) {
      const outcome = await attempt(note);
      if (outcome.status === "delivered") return log.info("An alert was delivered to ALERT_WEBHOOK_URL.", fields);
      if (end.signal.aborted) return;
      if (!outcome.again || made >= MAX_ATTEMPTS) {
        // The next one of this kind is news to whoever did not get this one.
        raisedAtMs.delete(note.kind);
        return log.warn(`An alert could not be delivered to ALERT_WEBHOOK_URL: ${outcome.why}.`, fields);
      }
      const ownMs = backOffDelayMs(PACE, made - 1, random());
      await delay(clock, Math.min(Math.max(ownMs, outcome.waitMs), LONGEST_WAIT_MS), end.signal);
    }
  };

  const isDue = (kind: string): boolean => {
    const lastMs = raisedAtMs.get(kind);
    return lastMs === undefined || clock.monotonic() - lastMs >= SAME_KIND_MS;
  };

  return {
    raise({ kind, text }) {
      if (end.signal.aborted || underWay.size >= UNDER_WAY_LIMIT || !isDue(kind)) return;
      raisedAtMs.set(kind, clock.monotonic());
      const words = `${bot}: ${text}`;
      const note = { kind, text: words, content: words, bot, at: new Date(clock.now()).toISOString() };
      const delivery: Promise<void> = deliver(note)
        // A wait that the end cut short.
        .catch(() => undefined)
        .finally(() => underWay.delete(delivery));
      underWay.add(delivery);
    },
    async close(graceMs) {
      if (graceMs === 0) end.abort();
      const timer = clock.startTimer(graceMs, () => end.abort());
      await Promise.all(underWay);
      timer.cancel();
      end.abort();
    },
  };
};
