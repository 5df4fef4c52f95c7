import type { Logger } from "@blacksky/logger";
import { formatDuration, type Clock, type Random } from "@blacksky/machine";
import { createCourier, type DeliveryOutcome } from "./courier.ts";
import { describeReceiver, type AlertNote } from "./receivers.ts";

export interface TellerOptions {
  /** Addresses of receivers. */
  readonly urls: readonly string[];
  /** SESSION_ID. */
  readonly bot: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Words to the person. Each resolves when it is known whether they have arrived; those of one kind arrive in their order. */
export interface Teller {
  raised(kind: string, text: string): Promise<DeliveryOutcome>;
  over(kind: string, durationMs: number, words: string): Promise<DeliveryOutcome>;
  /** Lets what is under way have `graceMs` more, then drops it. */
  close(graceMs: number): Promise<void>;
}

export const createTeller = ({ urls, bot, clock, random, log }: TellerOptions): Teller => {
  const receivers = urls.map(describeReceiver);
  for (const [index, { format, flaw }] of receivers.entries()) {
    if (flaw === undefined) continue;
    log.error(`Address ${String(index + 1)} of ALERT_WEBHOOK_URL (${format}) is not whole: ${flaw}.`);
  }
  const courier = createCourier({ receivers, clock, random, log });
  /** The last delivery of each kind: what arrives late must not look as if it came after "over". */
  const last = new Map<string, Promise<unknown>>();

  const deliver = (
    kind: string,
    rest: Pick<AlertNote, "status" | "text" | "durationSeconds">,
  ): Promise<DeliveryOutcome> => {
    const note = { kind, ...rest, bot, at: new Date(clock.now()).toISOString() };
    const delivery = (last.get(kind) ?? Promise.resolve()).then(() => courier.deliver(note));
    last.set(kind, delivery);
    return delivery;
  };

  return {
    raised: (kind, text) => deliver(kind, { status: "raised", text, durationSeconds: null }),
    over(kind, durationMs, words) {
      const text = `Over: ${kind}, after ${formatDuration(durationMs / 1000)}. ${words}`;
      return deliver(kind, { status: "recovered", text, durationSeconds: Math.round(durationMs / 1000) });
    },
    async close(graceMs) {
      if (graceMs === 0) courier.stop();
      const timer = clock.startTimer(graceMs, () => courier.stop());
      await Promise.all(last.values());
      timer.cancel();
      courier.stop();
    },
  };
};
