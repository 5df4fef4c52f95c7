import type { Logger } from "@blacksky/logger";
import { backOffDelayMs, callWithin, delay, type BackOff, type Clock, type Random } from "@blacksky/machine";
import { postAlert } from "./post-alert.ts";
import type { AlertNote, Receiver } from "./receivers.ts";

/** For one attempt, from the first packet to the end of the answer. */
const DEADLINE_MS = 10_000;
const MAX_ATTEMPTS = 6;
/** Spread over some five minutes: what is down longer is not waited for. */
const PACE: BackOff = { initialMs: 5_000, maxMs: 120_000, factor: 3, jitter: 0.3 };
/** No receiver decides to keep us longer. */
const LONGEST_WAIT_MS = 300_000;

/** `delivered`: somebody has it. `away`: nobody, but another attempt later may help; `refused`: nobody wants it. */
export type DeliveryOutcome = "delivered" | "away" | "refused";

/** Takes notes to all receivers. */
export interface Courier {
  /** Tries again for some minutes what was not taken. Never rejects; `delivered` at once where nobody is to be told. */
  deliver(note: AlertNote): Promise<DeliveryOutcome>;
  /** Drops what is under way, as `away`. */
  stop(): void;
}

export interface CourierOptions {
  readonly receivers: readonly Receiver[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** A courier whose log names receivers by their format alone: each address is a secret. */
export const createCourier = ({ receivers, clock, random, log }: CourierOptions): Courier => {
  const end = new AbortController();

  const deliverTo = async (receiver: Receiver, note: AlertNote): Promise<DeliveryOutcome> => {
    const fields = { alert: note.kind, status: note.status, receiver: receiver.format };
    const request = receiver.request(note);
    for (let made = 1; !end.signal.aborted; made += 1) {
      const outcome = await callWithin(clock, DEADLINE_MS, end.signal, (signal) => postAlert(request, signal));
      if (outcome.status === "delivered") {
        log.info("An alert was delivered to ALERT_WEBHOOK_URL.", fields);
        return "delivered";
      }
      if (end.signal.aborted) return "away";
      if (!outcome.again || made >= MAX_ATTEMPTS) {
        log.warn(`An alert could not be delivered to ALERT_WEBHOOK_URL: ${outcome.why}.`, fields);
        return outcome.again ? "away" : "refused";
      }
      const ownMs = backOffDelayMs(PACE, made - 1, random());
      await delay(clock, Math.min(Math.max(ownMs, outcome.waitMs), LONGEST_WAIT_MS), end.signal);
    }
    return "away";
  };

  return {
    async deliver(note) {
      // Nobody is to be told, so there is nobody left to tell.
      if (receivers.length === 0) return "delivered";
      // A wait that the end cut short rejects.
      const tries = receivers.map((receiver) => deliverTo(receiver, note).catch((): DeliveryOutcome => "away"));
      const outcomes = await Promise.all(tries);
      return (["delivered", "away"] as const).find((one) => outcomes.includes(one)) ?? "refused";
    },
    stop: () => end.abort(),
  };
};
