import type { Notice } from "@blacksky/protocol";
import { formatDuration } from "@blacksky/machine";

/** A shorter break is no news to anybody who did not ask for everything. */
const SHORT_S = 60;

/** A connection that is back. Times in epoch milliseconds. */
export interface Outage {
  /** When it was open for the last time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Why it ended, in plain words, where that is known. */
  readonly reason: string | null;
}

/** What the owner reads about an outage that is over. */
export const outageNotice = ({ fromMs, toMs, reason }: Outage): Notice => {
  const seconds = Math.max(0, (toMs - fromMs) / 1000);
  const why = reason === null ? "" : ` ${reason}`;
  return {
    kind: "back",
    importance: seconds < SHORT_S ? "all" : "important",
    text: `I am back after ${formatDuration(seconds)} without a connection to WhatsApp.${why}`,
  };
};
