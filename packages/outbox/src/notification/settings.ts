import type { BackOff } from "@blacksky/machine";

/** How patient the outbox is with one notification. Durations in milliseconds. */
export interface NotificationSettings {
  /** Attempts that an outage or the end of the process interrupts are not among them. */
  readonly maxAttempts: number;
  /** After an attempt without an answer, or with one that may be another soon. */
  readonly backOff: BackOff;
  /** At least so long after WhatsApp has said that it is busy, or that we send too much. */
  readonly busyPauseMs: number;
  /** How often the process may end in the middle of an attempt before that counts against the notification. */
  readonly maxRescues: number;
  /** So often it is tried again at once; it may be the reason, so later ones wait and let the others go first. */
  readonly quickRescues: number;
  readonly rescueBackOff: BackOff;
  /** Before the further attempt after 463: the privacy token that Baileys asks for takes its time. */
  readonly restrictedPauseMs: number;
  /** Before the further attempt after 479, in which the devices of the chat are asked for anew. */
  readonly stalePauseMs: number;
}

export const DEFAULT_SETTINGS: NotificationSettings = {
  maxAttempts: 12,
  backOff: { initialMs: 2000, maxMs: 15 * 60_000, factor: 2, jitter: 0.5 },
  busyPauseMs: 60_000,
  maxRescues: 50,
  quickRescues: 3,
  rescueBackOff: { initialMs: 2000, maxMs: 60_000, factor: 2, jitter: 0.5 },
  restrictedPauseMs: 10 * 60_000,
  stalePauseMs: 5000,
};
