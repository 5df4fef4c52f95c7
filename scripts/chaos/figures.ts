/** The middle and the largest of some figures, in words; `unit` follows each. */
export const describeSpread = (figures: readonly number[], unit: string): string => {
  const sorted = figures.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const largest = sorted.at(-1);
  if (median === undefined || largest === undefined) return "none";
  return `median ${median.toFixed(0)} ${unit}, largest ${largest.toFixed(0)} ${unit} (${sorted.length})`;
};

/** The middle and the smallest of some figures, in words. */
export const describeLeast = (figures: readonly number[], unit: string): string => {
  const sorted = figures.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const [least] = sorted;
  if (median === undefined || least === undefined) return "none";
  return `median ${median.toFixed(0)} ${unit}, least ${least.toFixed(0)} ${unit} (${sorted.length})`;
};
