import { describeSpread } from "../figures.ts";
import type { MemoryChaosFigures } from "../memory.ts";

/** A replacement may cost so much. */
const LONGEST_GAP_MS = 3_000;

/** What was taken, what was done, and what it cost. */
export const describeMemory = (figures: MemoryChaosFigures): string => {
  const { quotaMb, peakMb, trims, recycles, restarts, gapsMs, sum, pairings, crashes } = figures;
  const percent = ((peakMb / quotaMb) * 100).toFixed(0);
  return [
    "",
    `  peak              ${peakMb.toFixed(0)} of ${String(quotaMb)} MB (${percent} %)`,
    `  done              ${String(trims)} trims, ${String(recycles)} workers replaced, ${String(restarts)} trees begun anew`,
    `  unplanned ends    ${String(crashes)}`,
    `  no connection     ${describeSpread(gapsMs, "ms")}`,
    `  questions         ${String(sum.asked)}: ${String(sum.lost)} lost, ${String(sum.unanswered)} unanswered, ${String(sum.twice)} seen twice`,
    `  pairings          ${String(pairings)}`,
  ].join("\n");
};

/** True when the quota was kept, and nobody noticed more than a short pause. */
export const isWithinQuota = ({ quotaMb, peakMb, gapsMs, sum, pairings, crashes }: MemoryChaosFigures): boolean =>
  peakMb < quotaMb &&
  Math.max(0, ...gapsMs) <= LONGEST_GAP_MS &&
  sum.lost + sum.unanswered + sum.twice === 0 &&
  pairings === 1 &&
  crashes === 0;
