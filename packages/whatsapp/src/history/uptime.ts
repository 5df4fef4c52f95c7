/** A time in which the connection was open, from its first to its last known moment. Epoch milliseconds. */
export type UpSpan = readonly [fromMs: number, toMs: number];

/** When the connection was open. What no span covers counts as down, also when no process was there to see it. */
export interface Uptime {
  /** When it was open for the first time; `null` before that: a bot that waits to be linked is not down. */
  readonly firstAt: number | null;
  /** In their order, without overlap. */
  readonly spans: readonly UpSpan[];
}

export const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;

/** A connection that breaks more often than every 50 minutes for a week loses the shortest of its breaks here. */
const MOST_SPANS = 200;

/** Before anything is known. */
export const emptyUptime: Uptime = { firstAt: null, spans: [] };

const joinClosest = (spans: readonly UpSpan[]): readonly UpSpan[] => {
  let at = 1;
  const gapBefore = (index: number): number => (spans[index]?.[0] ?? 0) - (spans[index - 1]?.[1] ?? 0);
  for (let index = 2; index < spans.length; index += 1) if (gapBefore(index) < gapBefore(at)) at = index;
  const [left, right] = [spans[at - 1], spans[at]];
  if (left === undefined || right === undefined) return spans;
  return [...spans.slice(0, at - 1), [left[0], right[1]], ...spans.slice(at + 1)];
};

const keep = (uptime: Uptime, spans: readonly UpSpan[], now: number): Uptime => {
  const young = spans.filter(([, to]) => to > now - WEEK_MS);
  return { firstAt: uptime.firstAt ?? now, spans: young.length > MOST_SPANS ? joinClosest(young) : young };
};

/** The connection has just become open. */
export const beginSpan = (uptime: Uptime, now: number): Uptime => {
  // A clock that was set back must not make spans overlap.
  const from = Math.max(now, uptime.spans.at(-1)?.[1] ?? 0);
  return keep(uptime, [...uptime.spans, [from, from]], now);
};

/** It is still open, or was until now: the newest span reaches until here. */
export const extendSpan = (uptime: Uptime, now: number): Uptime => {
  const newest = uptime.spans.at(-1);
  if (newest === undefined || now <= newest[1]) return uptime;
  return keep(uptime, [...uptime.spans.slice(0, -1), [newest[0], now]], now);
};

/** Percent of the last `windowMs` in which it was open, of the part of which something is known; `null` for none. */
export const uptimePercent = ({ firstAt, spans }: Uptime, now: number, windowMs: number): number | null => {
  if (firstAt === null || firstAt >= now) return null;
  const begin = Math.max(firstAt, now - windowMs);
  let upMs = 0;
  for (const [from, to] of spans) upMs += Math.max(0, Math.min(to, now) - Math.max(from, begin));
  return Math.round((upMs / (now - begin)) * 10_000) / 100;
};
