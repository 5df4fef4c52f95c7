import { formatDuration } from "@blacksky/machine";
import type { Notice } from "@blacksky/protocol";

/** What of a trouble is for WhatsApp as well: the others are over when WhatsApp can be written to, and are told as an outage. */
const TROUBLES: ReadonlySet<string> = new Set([
  "database-down",
  "worker-crashing",
  "dead-letters",
  "logged-out",
  "refused",
  "replaced",
  "temporary-ban",
  "gave-up",
]);

/** The notice of a trouble that was raised. */
export const noticeOfTrouble = (kind: string, text: string): Notice | undefined =>
  TROUBLES.has(kind) ? { kind, importance: "important", text } : undefined;

/** The notice of a trouble that is over; the connection says by itself that it is back. */
export const noticeOfEnd = (kind: string, durationMs: number, words: string): Notice | undefined =>
  kind === "database-down" || kind === "worker-crashing"
    ? { kind: `${kind}-over`, importance: "important", text: `${words} It took ${formatDuration(durationMs / 1000)}.` }
    : undefined;

/** The notice of a worker that was started again. */
export const noticeOfRestart = (worker: string): Notice => ({
  kind: `${worker}-restarted`,
  importance: "all",
  text: `The ${worker} worker ended unexpectedly and was started again.`,
});

/** The notice of memory that will run out. */
export const noticeOfForecast = (hours: number): Notice => ({
  kind: "memory-forecast",
  importance: "important",
  text: `Memory grows: at this rate it will be full in about ${formatDuration(hours * 3600)}. What grew is replaced before that.`,
});

/** The notice of memory that runs out. */
export const noticeOfMemory = (usedMb: number, quotaMb: number): Notice => ({
  kind: "memory",
  importance: "important",
  text: `Memory runs out: ${String(Math.round(usedMb))} of ${String(Math.round(quotaMb))} MB are in use.`,
});
