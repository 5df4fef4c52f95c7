import { seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { bucketWaitMs, FULL_BUCKET, takeToken, type Rate } from "./bucket.ts";

describe("a bucket of tokens", () => {
  test("gives its burst at once, then one each time", () => {
    const rate: Rate = { burst: 3, everyMs: 100 };
    let bucket = FULL_BUCKET;
    const takenAt: number[] = [];
    for (let now = 1000; now < 1400; now += 10) {
      if (bucketWaitMs(rate, bucket, now) > 0) continue;
      takenAt.push(now);
      bucket = takeToken(rate, bucket, now);
    }
    expect(takenAt).toEqual([1000, 1010, 1020, 1100, 1200, 1300]);
  });

  test("is full again after a rest, and never fuller", () => {
    const rate: Rate = { burst: 2, everyMs: 100 };
    const empty = takeToken(rate, takeToken(rate, FULL_BUCKET, 1000), 1000);
    expect(bucketWaitMs(rate, empty, 1000)).toBe(100);
    const rested = takeToken(rate, takeToken(rate, empty, 9000), 9000);
    expect(bucketWaitMs(rate, rested, 9000)).toBe(100);
  });

  test("says exactly how long to wait, whatever was taken when (seeds 1 to 20)", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = seededRandom(seed);
      const rate: Rate = { burst: 1 + Math.floor(random() * 5), everyMs: 1 + Math.floor(random() * 1000) };
      let bucket = FULL_BUCKET;
      let now = 5000;
      const taken: number[] = [];
      for (let count = 0; count < 200; count += 1) {
        now += Math.floor(random() * random() * 2 * rate.everyMs);
        const waitMs = bucketWaitMs(rate, bucket, now);
        if (waitMs > 0) expect(bucketWaitMs(rate, bucket, now + waitMs - 1)).toBe(1);
        now += waitMs;
        bucket = takeToken(rate, bucket, now);
        taken.push(now);
      }
      // Never more within any stretch of time than the burst and what flows in meanwhile.
      const excess = taken.flatMap((from, first) =>
        taken.slice(first).filter((to, offset) => offset + 1 > rate.burst + (to - from) / rate.everyMs),
      );
      expect(excess).toEqual([]);
    }
  });

  test("knows no limit where the rate has none", () => {
    const rate: Rate = { burst: 1, everyMs: 0 };
    expect(bucketWaitMs(rate, takeToken(rate, FULL_BUCKET, 50), 50)).toBe(0);
  });
});
