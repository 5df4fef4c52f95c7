/** How suspicious the watchdog is. Durations in milliseconds. */
export interface WatchdogSettings {
  /** Pause between two looks at the bot's vitals. */
  readonly lookMs: number;
  /** Nothing has arrived for so long: a ping finds out. */
  readonly silenceMs: number;
  /** The same while a message is on its way, whose acknowledgement ought to come. */
  readonly sendingSilenceMs: number;
  /** A ping at the latest after so long, whatever arrives. */
  readonly checkMs: number;
  /** How long WhatsApp may take to answer a ping. */
  readonly probeDeadlineMs: number;
  /** A ping that failed while the bot's event loop was blocked for so long proves nothing. */
  readonly lagLimitMs: number;
  /** How many pings may prove nothing in a row. */
  readonly probeLimit: number;
  /** How long the bot may take to tell its vitals. */
  readonly vitalsDeadlineMs: number;
  /** Pause after a look that the bot did not answer. */
  readonly missPauseMs: number;
  /** So many questions unanswered in a row, about 20 seconds: the bot is stuck. */
  readonly missLimit: number;
  /** So many dead connections without an hour of calm between them: a fresh bot may fare better. */
  readonly deadLimit: number;
  /** After so long without trouble the ladder is begun at its foot. */
  readonly calmMs: number;
}

const LOOK_MS = 5_000;
const SILENCE_MS = 20_000;
const PROBE_DEADLINE_MS = 10_000;
const SHORTEST_LOOK_MS = 50;
const SHORTEST_PROBE_DEADLINE_MS = 2_000;

/**
 * Settings for a ping every `checkMs` (`CONNECTION_CHECK_INTERVAL`) at the latest. A dead connection is found after
 * `silenceMs + lookMs + probeDeadlineMs` at the latest, 35 seconds with the defaults. A short interval shortens the rest.
 */
export const watchdogSettings = (checkMs: number, overrides: Partial<WatchdogSettings> = {}): WatchdogSettings => {
  const silenceMs = Math.min(SILENCE_MS, checkMs);
  return {
    lookMs: Math.min(LOOK_MS, Math.max(SHORTEST_LOOK_MS, silenceMs / 4)),
    silenceMs,
    sendingSilenceMs: silenceMs / 2,
    checkMs,
    probeDeadlineMs: Math.min(PROBE_DEADLINE_MS, Math.max(SHORTEST_PROBE_DEADLINE_MS, checkMs / 2)),
    lagLimitMs: 2_000,
    probeLimit: 3,
    vitalsDeadlineMs: 4_000,
    missPauseMs: 1_000,
    missLimit: 4,
    deadLimit: 3,
    calmMs: 3_600_000,
    ...overrides,
  };
};
