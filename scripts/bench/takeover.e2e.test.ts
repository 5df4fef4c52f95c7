import { expect, test } from "@jest/globals";
import { describeLimits } from "./session/figures.ts";
import { measureTakeOver, TAKE_OVER_LIMITS } from "./takeover.ts";

test("the take-over bench measures every figure that has a limit", async () => {
  const samples = await measureTakeOver(1, { records: 50, leaseTtlMs: 3_000 });
  for (const { figure } of TAKE_OVER_LIMITS) {
    expect([figure, samples.get(figure)]).toEqual([figure, [expect.any(Number)]]);
    expect(samples.get(figure)?.every((value) => Number.isFinite(value))).toBe(true);
  }
  expect(describeLimits(samples, TAKE_OVER_LIMITS).split("\n")).toHaveLength(TAKE_OVER_LIMITS.length);
});
