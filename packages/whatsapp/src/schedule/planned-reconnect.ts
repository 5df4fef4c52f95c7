import { endOfQuiet, hourOfDayIn, type HourOfDay, type QuietHours } from "./quiet-hours.ts";

/** When a connection is old enough to be replaced by a fresh one. Durations in milliseconds. */
export interface ReconnectSchedule {
  /** A connection younger than this stays. */
  readonly intervalMs: number;
  readonly quietHours: QuietHours;
  readonly hourOf: HourOfDay;
  /** A message within this time proves that the connection is alive: a fresh one would only disturb. */
  readonly calmMs: number;
  /** How long to wait then. */
  readonly postponeMs: number;
}

/** What went over the connection, as the bot tells it. */
export interface Traffic {
  /** When a message last came in or was accepted, in epoch milliseconds. */
  readonly lastMessageAtMs: number | null;
  /** Messages that are being worked on or wait for the server's word. */
  readonly pending: number;
}

/** The configured part: `SCHEDULED_RECONNECT_HOURS` (0: none), `QUIET_HOURS` and `TZ`. */
export interface PlannedReconnects {
  readonly everyHours: number;
  readonly quietHours: QuietHours;
  readonly timeZone: string;
}

const MINUTE_MS = 60_000;

/** The schedule of these settings; `undefined` where none is wanted. */
export const reconnectSchedule = ({
  everyHours,
  quietHours,
  timeZone,
}: PlannedReconnects): ReconnectSchedule | undefined =>
  everyHours === 0
    ? undefined
    : {
        intervalMs: everyHours * 60 * MINUTE_MS,
        quietHours,
        hourOf: hourOfDayIn(timeZone),
        calmMs: MINUTE_MS,
        postponeMs: 5 * MINUTE_MS,
      };

/**
 * When a connection is to be replaced: once it is `intervalMs` old, or when the quiet hours end that it became so in. The
 * past means now. Asked again at any later time the answer is the same or later, so nothing is lost by asking again.
 *
 * @param connectedAtMs in epoch milliseconds; one that lies ahead, because somebody set the clock back, counts as now
 */
export const nextReconnect = (schedule: ReconnectSchedule, connectedAtMs: number, nowMs: number): number => {
  const { intervalMs, quietHours, hourOf } = schedule;
  const ripeMs = Math.min(connectedAtMs, nowMs) + intervalMs;
  return endOfQuiet(quietHours, hourOf, Math.max(ripeMs, nowMs));
};

/** Why a reconnect that is due had better wait for `postponeMs`; `undefined` when nothing speaks against it. */
export const whyNotNow = (
  { calmMs }: Pick<ReconnectSchedule, "calmMs">,
  { lastMessageAtMs, pending }: Traffic,
  nowMs: number,
): string | undefined => {
  if (pending > 0) return `${String(pending)} messages are under way`;
  const isBusy = lastMessageAtMs !== null && nowMs - lastMessageAtMs < calmMs;
  return isBusy ? "a message came or went a moment ago" : undefined;
};
