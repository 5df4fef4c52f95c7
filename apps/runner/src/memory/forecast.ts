/** What growth, if it goes on, comes to. */
export interface MemoryForecast {
  readonly growthMbPerHour: number;
  /** When the quota will be reached; `null` while it is not growing, or not worth a word. */
  readonly quotaInHours: number | null;
}

/** Looks at growth over the last hours. */
export interface Forecaster {
  /** A measurement, in megabytes; epoch milliseconds. */
  add(usedMb: number, now: number): void;
  /** Memory was freed by what was done about it: growth is counted from here. */
  beginAnew(): void;
  /** `null` before enough is known. */
  read(): MemoryForecast | null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The least of each span counts: what comes and goes between two collections of garbage is no growth. */
const SPAN_MS = 5 * MINUTE_MS;
/** Half an hour at least, six hours at most. */
const LEAST_SPANS = 6;
const MOST_SPANS = 72;
/** Below this it is noise. */
const LEAST_GROWTH = 1;
/** Beyond this nobody needs to hear of it. */
const FARTHEST_HOURS = 7 * 24;

interface Span {
  readonly from: number;
  readonly leastMb: number;
}

/** The median of the slopes between all pairs: a few steps up or down do not sway it (Theil and Sen). */
const slopeOf = (spans: readonly Span[]): number => {
  const slopes: number[] = [];
  for (const [index, one] of spans.entries()) {
    for (const other of spans.slice(index + 1)) {
      slopes.push(((other.leastMb - one.leastMb) / (other.from - one.from)) * HOUR_MS);
    }
  }
  slopes.sort((one, other) => one - other);
  return slopes[Math.floor(slopes.length / 2)] ?? 0;
};

const forecastOf = (whole: readonly Span[], quotaMb: number): MemoryForecast | null => {
  const newest = whole.at(-1);
  if (whole.length < LEAST_SPANS || newest === undefined) return null;
  const growthMbPerHour = Math.round(slopeOf(whole) * 10) / 10;
  const hours = growthMbPerHour >= LEAST_GROWTH ? Math.max(0, quotaMb - newest.leastMb) / growthMbPerHour : Infinity;
  return { growthMbPerHour, quotaInHours: hours > FARTHEST_HOURS ? null : Math.round(hours * 10) / 10 };
};

/** @param quotaMb what all processes may take together */
export const createForecaster = (quotaMb: number): Forecaster => {
  let spans: Span[] = [];
  let forecast: MemoryForecast | null = null;
  return {
    add(usedMb, now) {
      const newest = spans.at(-1);
      if (newest !== undefined && now >= newest.from && now - newest.from < SPAN_MS) {
        spans[spans.length - 1] = { from: newest.from, leastMb: Math.min(newest.leastMb, usedMb) };
        return;
      }
      // A clock that was set back begins anew.
      const before = newest !== undefined && now < newest.from ? [] : spans;
      spans = [...before, { from: now, leastMb: usedMb }].slice(-MOST_SPANS);
      // The present span is not over: its least may still come. So this changes only when one begins.
      forecast = forecastOf(spans.slice(0, -1), quotaMb);
    },
    beginAnew() {
      spans = [];
      forecast = null;
    },
    read: () => forecast,
  };
};
