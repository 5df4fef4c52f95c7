/** The middle of what was measured; machines are noisy, so nothing else is quoted. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
};

/** One line of a table: a name, how often, median and extremes in milliseconds. */
export const describeTimes = (name: string, times: readonly number[]): string => {
  const figures = [median(times), Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(0).padStart(7));
  return `  ${name.padEnd(58)} ${String(times.length).padStart(3)} ${figures.join(" ")}`;
};

/** A ratio of two medians against what it may be. */
export const describeRatio = (
  name: string,
  ours: readonly number[],
  baseline: readonly number[],
  limit: number,
): string => {
  const ratio = median(ours) / median(baseline);
  return `  ${name.padEnd(58)} ${ratio.toFixed(2)} (at most ${limit.toFixed(2)}) ${ratio <= limit ? "reached" : "MISSED"}`;
};
