import { seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { createForecaster } from "./forecast.ts";

const MINUTE = 60_000;

/** Measured each minute; the megabytes by the minute. */
const after = (minutes: number, usedMb: (minute: number) => number, quotaMb = 512) => {
  const forecaster = createForecaster(quotaMb);
  for (let minute = 0; minute <= minutes; minute += 1) forecaster.add(usedMb(minute), minute * MINUTE);
  return forecaster;
};

describe("a forecast", () => {
  test("is made after half an hour, of the growth and the time that it leaves", () => {
    const growing = (minute: number): number => 112 + minute;
    expect(after(29, growing).read()).toBeNull();
    expect(after(30, growing).read()).toEqual({ growthMbPerHour: 60, quotaInHours: 6.3 });
  });

  test("says nothing of an end where memory comes and goes, or shrinks", () => {
    const random = seededRandom(1);
    expect(after(600, () => 110 + random() * 40).read()?.quotaInHours).toBeNull();
    expect(after(600, (minute) => 300 - minute / 10).read()).toEqual({ growthMbPerHour: -6, quotaInHours: null });
  });

  test("is not swayed by a burst", () => {
    expect(after(120, (minute) => (minute > 50 && minute < 70 ? 400 : 110)).read()).toEqual({
      growthMbPerHour: 0,
      quotaInHours: null,
    });
  });

  test("looks at the last six hours alone, and begins anew when memory was freed or the clock was set back", () => {
    const forecaster = after(24 * 60, (minute) => (minute < 600 ? 100 : 100 + (minute - 600) / 60));
    expect(forecaster.read()?.growthMbPerHour).toBe(1);
    forecaster.beginAnew();
    expect(forecaster.read()).toBeNull();
    const back = after(60, (minute) => 100 + minute);
    back.add(100, 0);
    expect(back.read()).toBeNull();
  });

  test("is zero hours where the quota is reached", () => {
    expect(after(60, (minute) => 600 + minute).read()?.quotaInHours).toBe(0);
  });
});
