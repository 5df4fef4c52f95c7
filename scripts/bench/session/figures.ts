import { median } from "../figures.ts";

/** Every round's value of one figure. */
export type Samples = Map<string, number[]>;

/** Adds one round's value. */
export const record = (samples: Samples, figure: string, value: number): void => {
  const values = samples.get(figure) ?? [];
  values.push(value);
  samples.set(figure, values);
};

/** The value below which this share of all values lies. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

/** One figure against its limit, where it has one; `of` divides it by another figure of the same rounds. */
export interface Limit {
  readonly name: string;
  readonly figure: string;
  readonly of?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const format = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);

const column = (text: string): string => text.padStart(10);

const middle = (samples: Samples, figure: string): number => median(samples.get(figure) ?? []);

/** Median, least and most of every figure over the rounds. */
export const describeSamples = (samples: Samples): string =>
  [
    `  ${"".padEnd(62)}${["runs", "median", "min", "max"].map(column).join("")}`,
    ...Array.from(samples, ([name, values]) => {
      const figures = [median(values), Math.min(...values), Math.max(...values)].map(format);
      return `  ${name.padEnd(62)}${[String(values.length), ...figures].map(column).join("")}`;
    }),
  ].join("\n");

/** Whether medians, or their ratios, keep their limits. */
export const describeLimits = (samples: Samples, limits: readonly Limit[]): string =>
  limits
    .map(({ name, figure, of, atLeast, atMost }) => {
      const value = middle(samples, figure) / (of === undefined ? 1 : middle(samples, of));
      const line = `  ${name.padEnd(62)}${column(format(value))}`;
      if (atLeast === undefined && atMost === undefined) return line;
      const isReached = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
      const limit = atLeast === undefined ? `at most ${format(atMost ?? Infinity)}` : `at least ${format(atLeast)}`;
      return `${line} (${limit}) ${isReached ? "reached" : "MISSED"}`;
    })
    .join("\n");
