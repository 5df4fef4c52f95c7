import type { Transition } from "@blacksky/machine";
import type { Notice } from "@blacksky/protocol";
import { endOfQuiet, type HourOfDay, type QuietHours } from "@blacksky/whatsapp";

/** Notices of one kind that wait to be told. */
export interface Gathered extends Notice {
  /** How many times it happened since the last message; the text is that of the newest. */
  readonly count: number;
  /** When it happened first; epoch milliseconds. */
  readonly sinceMs: number;
}

/** When the last message went out, and how long the next one keeps away from it. */
interface Pace {
  readonly lastSentAtMs: number | null;
  readonly gapMs: number;
}

interface Waiting extends Pace {
  readonly notices: readonly Gathered[];
}

/** Nothing waits. */
export type Calm = Pace & { readonly status: "calm" };
/** Waits for more of the same, for the distance to the last message, or for the end of the quiet hours; `send` runs. */
export type Gathering = Waiting & { readonly status: "gathering" };
/** A message is being handed over; what happens meanwhile is for the next one. */
export type Telling = Waiting & { readonly status: "telling"; readonly told: readonly Gathered[] };

export type NoticeState = Calm | Gathering | Telling;

export type NoticeEvent =
  | { readonly type: "happened"; readonly notice: Notice }
  | { readonly type: "timer" }
  /** The message is in the outbox. */
  | { readonly type: "accepted" }
  /** It could not be put there. */
  | { readonly type: "failed" };

export type NoticeEffect =
  | { readonly type: "startTimer"; readonly delayMs: number }
  | { readonly type: "tell"; readonly notices: readonly Gathered[] };

/** What the owner wants. Durations in milliseconds. */
export interface NoticeSettings {
  readonly level: "off" | "important" | "all";
  readonly quietHours: QuietHours;
  readonly hourOf: HourOfDay;
  /** What belongs together mostly happens within this time. */
  readonly gatherMs: number;
  /** The shortest distance of two messages; it doubles with each, up to the longest. */
  readonly gapMs: number;
  readonly longestGapMs: number;
  /** After so long without a message the distance is the shortest again. */
  readonly calmMs: number;
  /** Before another try to hand over. */
  readonly retryMs: number;
}

/** No more kinds are kept; there are not so many. */
const MOST_KINDS = 20;

/** Before anything has happened. */
export const initialNotices = ({ gapMs }: NoticeSettings): Calm => ({ status: "calm", lastSentAtMs: null, gapMs });

type Step = readonly [NoticeState, readonly NoticeEffect[]];

const gather = (before: readonly Gathered[], notice: Notice, now: number): readonly Gathered[] => {
  const same = before.find(({ kind }) => kind === notice.kind);
  const one = { ...notice, count: (same?.count ?? 0) + 1, sinceMs: same?.sinceMs ?? now };
  const others = before.filter(({ kind }) => kind !== notice.kind);
  return [...others, one].slice(-MOST_KINDS);
};

const dueMs = (settings: NoticeSettings, { lastSentAtMs, gapMs }: Pace, now: number, waitMs: number): number => {
  const isFarFromLast = lastSentAtMs === null || now - lastSentAtMs > settings.calmMs;
  // Somebody may have set the clock: never longer than the distance itself.
  const gapEndMs = isFarFromLast ? now : Math.min(lastSentAtMs + gapMs, now + gapMs);
  return endOfQuiet(settings.quietHours, settings.hourOf, Math.max(now + waitMs, gapEndMs));
};

const toGathering = (settings: NoticeSettings, waiting: Waiting, now: number, waitMs: number): Step => {
  const { notices, lastSentAtMs, gapMs } = waiting;
  const delayMs = dueMs(settings, waiting, now, waitMs) - now;
  return [{ status: "gathering", notices, lastSentAtMs, gapMs }, [{ type: "startTimer", delayMs }]];
};

const nextGap = (settings: NoticeSettings, { lastSentAtMs, gapMs }: Pace, now: number): number =>
  lastSentAtMs === null || now - lastSentAtMs > settings.calmMs
    ? settings.gapMs
    : Math.min(gapMs * 2, settings.longestGapMs);

const happened = (settings: NoticeSettings, state: NoticeState, notice: Notice, now: number): Step => {
  if (settings.level === "off" || (settings.level === "important" && notice.importance === "all")) return [state, []];
  switch (state.status) {
    case "calm":
      return toGathering(settings, { ...state, notices: gather([], notice, now) }, now, settings.gatherMs);
    case "gathering":
    case "telling":
      return [{ ...state, notices: gather(state.notices, notice, now) }, []];
  }
};

const sent = (settings: NoticeSettings, state: Telling, now: number): Step => {
  const pace = { lastSentAtMs: now, gapMs: nextGap(settings, state, now) };
  if (state.notices.length === 0) return [{ status: "calm", ...pace }, []];
  return toGathering(settings, { ...pace, notices: state.notices }, now, settings.gatherMs);
};

const mergeBack = ({ told, notices }: Telling): readonly Gathered[] =>
  [
    ...told.map((one) => {
      const newer = notices.find(({ kind }) => kind === one.kind);
      return newer === undefined ? one : { ...newer, count: newer.count + one.count, sinceMs: one.sinceMs };
    }),
    ...notices.filter(({ kind }) => !told.some((one) => one.kind === kind)),
  ].slice(-MOST_KINDS);

/**
 * What the owner is told, and when: what happens together comes in one message, messages keep a growing distance from one
 * another, and none comes in the quiet hours. Nothing is lost by a failure to hand it over.
 */
export const transitionNotices: Transition<NoticeSettings, NoticeState, NoticeEvent, NoticeEffect> = (
  settings,
  state,
  event,
  now,
) => {
  switch (event.type) {
    case "happened":
      return happened(settings, state, event.notice, now);
    case "timer": {
      if (state.status !== "gathering") return [state, []];
      // The wall clock may have been set into the quiet hours meanwhile.
      if (endOfQuiet(settings.quietHours, settings.hourOf, now) > now) return toGathering(settings, state, now, 0);
      const { notices: told, lastSentAtMs, gapMs } = state;
      return [{ status: "telling", told, notices: [], lastSentAtMs, gapMs }, [{ type: "tell", notices: told }]];
    }
    case "accepted":
      return state.status === "telling" ? sent(settings, state, now) : [state, []];
    case "failed":
      return state.status === "telling"
        ? toGathering(settings, { ...state, notices: mergeBack(state) }, now, settings.retryMs)
        : [state, []];
  }
};
