import { describe, expect, test } from "@jest/globals";
import { systemClock } from "./clock.ts";
import { createFakeClock } from "./fake-clock.ts";
import { expiryIn, lifeOf, LONG_OVER, moveExpiry, remainingMs } from "./lifetime.ts";
import { watchWallClock } from "./watch-wall-clock.ts";

const HOUR_MS = 3_600_000;
const START_MS = 10 * HOUR_MS;

describe("a lifetime", () => {
  test("runs out with time, by both clocks", () => {
    const clock = createFakeClock(START_MS);
    const expiry = expiryIn(clock, 1000);
    clock.advance(999);
    expect([lifeOf(clock, expiry), remainingMs(clock, expiry)]).toEqual(["running", 1]);
    clock.advance(1);
    expect([lifeOf(clock, expiry), remainingMs(clock, expiry)]).toEqual(["over", 0]);
  });

  test("does not grow when the wall clock is set back by an hour", () => {
    const clock = createFakeClock(START_MS);
    const expiry = expiryIn(clock, 1000);
    clock.setWall(-HOUR_MS);
    expect([lifeOf(clock, expiry), remainingMs(clock, expiry)]).toEqual(["running", 1000]);
    clock.advance(1000);
    expect(lifeOf(clock, expiry)).toBe("over");
  });

  test("is in doubt when the wall clock alone says that it is over: set forward, or a suspended machine", () => {
    const clock = createFakeClock(START_MS);
    const expiry = expiryIn(clock, 1000);
    clock.setWall(HOUR_MS);
    expect([lifeOf(clock, expiry), remainingMs(clock, expiry)]).toEqual(["doubtful", 1000 - HOUR_MS]);
    clock.advance(1000);
    expect(lifeOf(clock, expiry)).toBe("over");
  });

  test("can be shortened, and be over from the beginning", () => {
    const clock = createFakeClock(START_MS);
    expect(remainingMs(clock, moveExpiry(expiryIn(clock, 1000), -400))).toBe(600);
    expect(moveExpiry(LONG_OVER, -400)).toEqual(LONG_OVER);
    expect(lifeOf(clock, LONG_OVER)).toBe("over");
    // Also on a machine that has just started, whose monotonic clock may begin anywhere.
    expect(lifeOf({ ...clock, monotonic: () => -5 }, LONG_OVER)).toBe("over");
  });
});

describe("watching the wall clock", () => {
  test("tells once by how much it was set, either way, and nothing while time just passes", () => {
    const clock = createFakeClock(START_MS);
    const jumps: number[] = [];
    const watch = watchWallClock(clock, (byMs) => jumps.push(byMs));
    clock.advance(60_000);
    clock.setWall(HOUR_MS);
    clock.advance(1000);
    clock.setWall(-2 * HOUR_MS);
    clock.advance(5000);
    expect(jumps).toEqual([HOUR_MS, -2 * HOUR_MS]);
    watch.stop();
    expect(clock.pending).toBe(0);
  });
});

describe("the system's monotonic clock", () => {
  test("never runs backward, and is not the wall clock", () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonic());
    expect(readings.toSorted((a, b) => a - b)).toEqual(readings);
    expect(Math.abs(systemClock.now() - systemClock.monotonic())).toBeGreaterThan(HOUR_MS);
  });
});
