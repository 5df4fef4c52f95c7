import { describe, expect, test } from "@jest/globals";
import { Countdown, type Odds } from "./odds.ts";

const strikes = (odds: Odds, occasions = 10): number[] => {
  const countdown = new Countdown<true>();
  countdown.set(true, odds);
  return Array.from({ length: occasions }, (_, at) => at + 1).filter(() => countdown.take() === true);
};

describe("Countdown", () => {
  test("strikes on each occasion, so many times, and after those that are spared", () => {
    expect(strikes({}, 3)).toEqual([1, 2, 3]);
    expect(strikes({ times: 2 })).toEqual([1, 2]);
    expect(strikes({ skip: 4, times: 2 })).toEqual([5, 6]);
  });

  test("lets chance decide, the same for the same seed and another for another", () => {
    const first = strikes({ chance: 0.3, seed: 7 }, 1000);
    expect(first.length).toBeGreaterThan(200);
    expect(first.length).toBeLessThan(400);
    expect(strikes({ chance: 0.3, seed: 7 }, 1000)).toEqual(first);
    expect(strikes({ chance: 0.3, seed: 8 }, 1000)).not.toEqual(first);
    expect(strikes({ chance: 0, seed: 7 })).toEqual([]);
    expect(strikes({ chance: 0.3, seed: 7, times: 5 }, 1000)).toEqual(first.slice(0, 5));
  });

  test("is over when it is taken back, and begins anew when it is set again", () => {
    const countdown = new Countdown<string>();
    expect(countdown.take()).toBeUndefined();
    countdown.set("a", { times: 1 });
    expect([countdown.take(), countdown.take()]).toEqual(["a", undefined]);
    countdown.set("b", { times: 1 });
    expect(countdown.take()).toBe("b");
    countdown.set("c");
    countdown.set(undefined);
    expect(countdown.take()).toBeUndefined();
  });
});
