import { expect, test } from "@jest/globals";
import { limitsOf, measureSession } from "./session.ts";
import { describeLimits } from "./session/figures.ts";

test("the session bench measures every figure that has a limit", async () => {
  const restores = [100, 200] as const;
  const sizes = { contacts: 20, preKeys: 50, writes: 400, databaseWrites: 100, trafficSeconds: 1, restores };
  const samples = await measureSession(1, sizes);
  const limits = limitsOf(restores);
  const figures = limits.flatMap((limit) => [limit.figure, limit.of ?? limit.figure]);
  for (const figure of figures) {
    expect([figure, samples.get(figure)]).toEqual([figure, [expect.any(Number)]]);
    expect([figure, samples.get(figure)?.every((value) => value > 0)]).toEqual([figure, true]);
  }
  expect(describeLimits(samples, limits).split("\n")).toHaveLength(limits.length);
});
