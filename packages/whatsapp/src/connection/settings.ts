import type { BackOff } from "@blacksky/machine";

/** How patient the connection machine is. Durations in milliseconds. */
export interface ConnectionSettings {
  /** No two attempts begin closer together than this, whatever causes them. */
  readonly spacingMs: number;
  /** Pace of ordinary reconnects. */
  readonly backOff: BackOff;
  /** After so many failures in a row the pace drops to `slowMs`; it never gives up. */
  readonly maxRetries: number;
  /** At least so long; up to a quarter more is left to chance. */
  readonly slowMs: number;
  /** At least so long when WhatsApp's servers are unavailable at login, and at most twice that. */
  readonly unavailableMs: number;
  /** Pace when WhatsApp rejects the client itself: a minute or more, a few times an hour. */
  readonly rejectedBackOff: BackOff;
  /** A connection attempt that is neither open nor pairing by then is ended; Baileys may hang for ever (HTTP answer other than 101). */
  readonly connectDeadlineMs: number;
  /** Only so long a connection counts as healthy and resets the counters. */
  readonly healthyMs: number;
  /** Shortest pause after another program took over the session, before one probe; the longest is twice that. */
  readonly replacedHoldMs: number;
  /** A second take-over within this time is final. */
  readonly replacedWindowMs: number;
  /** After so many pairings in a row that nobody completed there is no other, until somebody looks. */
  readonly maxPairingRounds: number;
  /** How often to ask for a bot that does not answer. */
  readonly describeMs: number;
  /** How many requested restarts (515) in a row are obeyed at once. */
  readonly restartLimit: number;
  /** Pause for a temporary ban whose end the server did not name. */
  readonly banHoldMs: number;
}

/** The part that is configured: `RECONNECT_INITIAL_DELAY`, `RECONNECT_MAX_DELAY` and `RECONNECT_MAX_RETRIES`. */
export interface ReconnectPace {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxRetries: number;
}

const MINUTE_MS = 60_000;
const SPACING_MS = 2_000;
const UNAVAILABLE_MS = 30_000;

/**
 * Settings from the configured pace. Ordinary delays are left to chance entirely (full jitter), so that many bots do not
 * return together. Whoever configures shorter delays than our own limits gets those.
 */
export const connectionSettings = (
  pace: ReconnectPace,
  overrides: Partial<ConnectionSettings> = {},
): ConnectionSettings => ({
  spacingMs: Math.min(SPACING_MS, pace.initialDelayMs),
  backOff: { initialMs: pace.initialDelayMs, maxMs: pace.maxDelayMs, factor: 2, jitter: 1 },
  maxRetries: pace.maxRetries,
  slowMs: 5 * MINUTE_MS,
  unavailableMs: Math.min(UNAVAILABLE_MS, pace.maxDelayMs),
  rejectedBackOff: { initialMs: 2 * MINUTE_MS, maxMs: 20 * MINUTE_MS, factor: 3, jitter: 0.5 },
  connectDeadlineMs: 25_000,
  healthyMs: 30_000,
  replacedHoldMs: 30_000,
  replacedWindowMs: 10 * MINUTE_MS,
  maxPairingRounds: 5,
  describeMs: 5_000,
  restartLimit: 3,
  banHoldMs: 60 * MINUTE_MS,
  ...overrides,
});
