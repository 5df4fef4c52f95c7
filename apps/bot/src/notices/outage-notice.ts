import type { Notice } from "@blacksky/protocol";
import { formatDuration } from "@blacksky/machine";

/** A shorter break is no news to anybody who did not ask for everything. */
const SHORT_S = 60;

/** A connection that is open again, or for the first time. Times in epoch milliseconds. */
export interface Outage {
  /** When it was open for the last time; `null` where it never was. */
  readonly fromMs: number | null;
  readonly toMs: number;
  /** Why it ended, in plain words, where that is known. */
  readonly reason: string | null;
}

/** What the owner reads about it. */
export const outageNotice = ({ fromMs, toMs, reason }: Outage): Notice => {
  if (fromMs === null) return { kind: "online", importance: "all", text: "I am online." };
  const seconds = Math.max(0, (toMs - fromMs) / 1000);
  const why = reason === null ? "" : ` ${reason}`;
  return {
    kind: "back",
    importance: seconds < SHORT_S ? "all" : "important",
    text: `I am back after ${formatDuration(seconds)} without a connection to WhatsApp.${why}`,
  };
};
