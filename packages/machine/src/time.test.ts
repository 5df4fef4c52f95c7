import { describe, expect, test } from "@jest/globals";
import { backOffDelayMs } from "./back-off.ts";
import { callWithin, delay, systemClock } from "./clock.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createNamedTimers } from "./named-timers.ts";
import { pick, seededRandom } from "./random.ts";

describe("backOffDelayMs", () => {
  const backOff = { initialMs: 500, maxMs: 30_000, factor: 2, jitter: 0.5 };

  test("grows by its factor up to its ceiling", () => {
    const delays = [0, 1, 2, 5, 6, 7, 60].map((attempt) => backOffDelayMs(backOff, attempt, 0));
    expect(delays).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("leaves no more to chance than its jitter allows", () => {
    expect(backOffDelayMs(backOff, 1, 0.999_999)).toBe(500);
    expect(backOffDelayMs({ ...backOff, jitter: 1 }, 1, 0.5)).toBe(500);
    expect(backOffDelayMs({ ...backOff, jitter: 0 }, 1, 0.9)).toBe(1000);
  });
});

describe("the fake clock", () => {
  test("fires what falls due in order of time, also what was started on the way", () => {
    const clock = createFakeClock(1000);
    const fired: [string, number][] = [];
    const note = (name: string) => () => void fired.push([name, clock.now()]);
    clock.startTimer(20, note("late"));
    clock.startTimer(10, () => {
      note("early")();
      clock.startTimer(5, note("between"));
    });
    clock.startTimer(30, note("not yet"));
    clock.advance(25);
    expect(fired).toEqual([
      ["early", 1010],
      ["between", 1015],
      ["late", 1020],
    ]);
    expect([clock.now(), clock.pending]).toEqual([1025, 1]);
  });

  test("forgets a cancelled timer", () => {
    const clock = createFakeClock();
    clock.startTimer(10, () => expect(true).toBe(false)).cancel();
    clock.advance(20);
    expect(clock.pending).toBe(0);
  });
});

describe("named timers", () => {
  test("replace a timer of the same name and cancel by name", () => {
    const clock = createFakeClock();
    const timers = createNamedTimers<"a" | "b">(clock);
    const fired: string[] = [];
    timers.start("a", 10, () => fired.push("old a"));
    timers.start("a", 20, () => fired.push("a"));
    timers.start("b", 15, () => fired.push("b"));
    timers.cancel("b");
    clock.advance(30);
    expect(fired).toEqual(["a"]);
  });

  test("can all be cancelled at once", () => {
    const clock = createFakeClock();
    const timers = createNamedTimers<string>(clock);
    timers.start("a", 10, () => undefined);
    timers.start("b", 10, () => undefined);
    timers.cancelAll();
    expect(clock.pending).toBe(0);
  });
});

describe("delay", () => {
  test("resolves when its time has come", async () => {
    const clock = createFakeClock();
    const waited = delay(clock, 50);
    clock.advance(50);
    await expect(waited).resolves.toBeUndefined();
  });

  test("rejects with the reason when aborted, and leaves no timer", async () => {
    const clock = createFakeClock();
    const abort = new AbortController();
    const waited = delay(clock, 50, abort.signal);
    abort.abort(new Error("enough"));
    await expect(waited).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });

  test("works on the system's clock", async () => {
    const before = systemClock.now();
    await delay(systemClock, 5);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before + 4);
  });
});

describe("a call within a deadline", () => {
  const untilAborted = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve("aborted")));

  test("is told when its time is up, or when nobody wants it any more", async () => {
    const clock = createFakeClock();
    const late = callWithin(clock, 100, new AbortController().signal, untilAborted);
    clock.advance(100);
    expect(await late).toBe("aborted");
    const end = new AbortController();
    const unwanted = callWithin(clock, 100, end.signal, untilAborted);
    end.abort();
    expect(await unwanted).toBe("aborted");
    expect(clock.pending).toBe(0);
  });

  test("leaves no timer behind, also when it fails", async () => {
    const clock = createFakeClock();
    const fail = (): Promise<never> => Promise.reject(new Error("x"));
    await expect(callWithin(clock, 100, new AbortController().signal, fail)).rejects.toThrow("x");
    expect(clock.pending).toBe(0);
  });
});

describe("seeded random", () => {
  test("rolls the same for the same seed and stays within bounds", () => {
    const rolls = (seed: number): number[] => Array.from({ length: 100 }, seededRandom(seed));
    expect(rolls(7)).toEqual(rolls(7));
    expect(rolls(7)).not.toEqual(rolls(8));
    expect(rolls(7).every((roll) => roll >= 0 && roll < 1)).toBe(true);
  });

  test("picks every choice sooner or later, and refuses to pick from nothing", () => {
    const random = seededRandom(1);
    expect(new Set(Array.from({ length: 50 }, () => pick(random, ["a", "b", "c"]))).size).toBe(3);
    expect(() => pick(random, [])).toThrow(RangeError);
  });
});
