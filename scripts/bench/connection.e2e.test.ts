import { expect, test } from "@jest/globals";
import { CONNECTION_LIMITS, measureConnection } from "./connection.ts";
import { describeLimits } from "./session/figures.ts";

/** What takes a minute with the defaults is left to the bench itself. */
const TINY = { stalls: 0, bareStalls: false, hangs: 0, bareHangMs: 0 };

test("the connection bench measures drops of both bots, and holds them against each other", async () => {
  const samples = await measureConnection(2, TINY);
  const [limit] = CONNECTION_LIMITS;
  for (const figure of [limit?.figure, limit?.of]) {
    expect([figure, samples.get(figure ?? "")]).toEqual([figure, [expect.any(Number), expect.any(Number)]]);
  }
  expect(samples.get(limit?.of ?? "")?.every((value) => value > 0)).toBe(true);
  expect(describeLimits(samples, CONNECTION_LIMITS).split("\n")).toHaveLength(CONNECTION_LIMITS.length);
});
