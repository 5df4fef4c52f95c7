import { seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { dealRounds } from "./deal.ts";

const count = (dealt: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const kind of dealt) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

describe("dealRounds", () => {
  test("has in 250 rounds what the promise is made for: 200 kills, 10 cycles, 20 machines, and drops", () => {
    const counts = count(dealRounds(250, seededRandom(1)));
    expect(counts).toMatchObject({ term: 10, machine: 20, drop: 20, "bad-line": 10 });
    expect((counts["kill"] ?? 0) + 2 * (counts["kill-draining"] ?? 0)).toBeGreaterThanOrEqual(200);
  });

  test("has each kind once in six rounds, and the machines at the end", () => {
    const dealt = dealRounds(6, seededRandom(1));
    expect(new Set(dealt).size).toBe(6);
    expect(dealt.at(-1)).toBe("machine");
  });

  test("deals the same for the same seed, and another order for another", () => {
    expect(dealRounds(60, seededRandom(5))).toEqual(dealRounds(60, seededRandom(5)));
    expect(dealRounds(60, seededRandom(5))).not.toEqual(dealRounds(60, seededRandom(6)));
  });
});
