import { describe, expect, test } from "@jest/globals";
import { runHerd } from "./connection/herd.ts";
import { findWrongs, isSpread } from "./connection/judge.ts";
import { runLife, type LifeFigures } from "./connection/life.ts";

describe("a bot's life under random faults, in virtual time", () => {
  test("ends open or where only a person goes on, with one socket at most and two seconds between attempts", async () => {
    const lives: LifeFigures[] = [];
    for (let seed = 1; seed <= 40; seed += 1) lives.push(await runLife(seed));
    expect(lives.map(findWrongs).filter((wrongs) => wrongs.length > 0)).toEqual([]);
    // The slice is large enough to reach every end.
    expect([...new Set(lives.map(({ end }) => end))].toSorted((a, b) => a.localeCompare(b))).toEqual([
      "logged-out",
      "open",
      "refused",
      "replaced",
      "wants a phone",
    ]);
  });

  test("is the same for the same seed", async () => {
    expect(await runLife(7)).toEqual(await runLife(7));
  });
});

test("bots that the same outage cut off do not come back together", async () => {
  const herd = await runHerd("unreachable", 12, 1);
  expect(isSpread(herd)).toBe(true);
  expect(herd.busiestSecond).toBeLessThanOrEqual(3);
});
