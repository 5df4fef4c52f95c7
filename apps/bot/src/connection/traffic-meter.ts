import type { Clock } from "@blacksky/machine";
import type { SendCounts } from "../sending/send-tally.ts";

/** How busy the connection is, in messages; what keeps it alive does not count. */
export interface TrafficMeter {
  /** A message came in, or the server has taken one. */
  touch(): void;
  read(): { readonly lastMessageAt: number | null; readonly pending: number };
}

/** A meter that has seen nothing yet. Work and sends are counted where they are done. */
export const createTrafficMeter = (
  clock: Clock,
  sources: { readonly commands: () => number; readonly sends: () => Pick<SendCounts, "pending" | "retrying"> },
): TrafficMeter => {
  let lastMessageAt: number | null = null;
  return {
    touch() {
      lastMessageAt = clock.now();
    },
    read() {
      const { pending, retrying } = sources.sends();
      return { lastMessageAt, pending: pending + retrying + sources.commands() };
    },
  };
};
