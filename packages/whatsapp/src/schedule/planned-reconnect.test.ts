import { seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { hourOfDayIn, isQuiet } from "./quiet-hours.ts";
import { nextReconnect, reconnectSchedule, whyNotNow, type ReconnectSchedule } from "./planned-reconnect.ts";

const HOUR_MS = 3_600_000;

const scheduleOf = (everyHours: number, [fromHour, toHour]: [number, number], timeZone: string): ReconnectSchedule => {
  const schedule = reconnectSchedule({ everyHours, quietHours: { fromHour, toHour }, timeZone });
  if (schedule === undefined) throw new Error("There is no schedule.");
  return schedule;
};

/** The plan for a connection opened at `connectedAt`, made at `now` or right then. */
const planned = (schedule: ReconnectSchedule, connectedAt: string, now = connectedAt): string =>
  new Date(nextReconnect(schedule, Date.parse(connectedAt), Date.parse(now))).toISOString();

describe("a planned reconnect", () => {
  test("is none unless hours are set", () => {
    const quietHours = { fromHour: 0, toHour: 6 };
    expect(reconnectSchedule({ everyHours: 0, quietHours, timeZone: "UTC" })).toBeUndefined();
  });

  test("comes when the connection is old enough, and at once when it has been for long", () => {
    const schedule = scheduleOf(6, [0, 6], "UTC");
    expect(planned(schedule, "2026-01-10T08:30:00Z")).toBe("2026-01-10T14:30:00.000Z");
    expect(planned(schedule, "2026-01-10T08:30:00Z", "2026-01-10T20:00:00Z")).toBe("2026-01-10T20:00:00.000Z");
  });

  test("waits for the end of the quiet hours, also over midnight", () => {
    expect(planned(scheduleOf(6, [0, 6], "UTC"), "2026-01-10T20:30:00Z")).toBe("2026-01-11T06:00:00.000Z");
    expect(planned(scheduleOf(6, [22, 6], "UTC"), "2026-01-10T16:30:00Z")).toBe("2026-01-11T06:00:00.000Z");
    expect(planned(scheduleOf(6, [22, 6], "UTC"), "2026-01-10T15:59:59Z")).toBe("2026-01-10T21:59:59.000Z");
    expect(planned(scheduleOf(6, [22, 6], "UTC"), "2026-01-10T00:00:00Z")).toBe("2026-01-10T06:00:00.000Z");
  });

  test("knows no quiet hours where both are the same", () => {
    expect(planned(scheduleOf(1, [3, 3], "UTC"), "2026-01-10T02:30:00Z")).toBe("2026-01-10T03:30:00.000Z");
  });

  test("goes by a clock that was set back as if the connection were new", () => {
    const schedule = scheduleOf(1, [3, 3], "UTC");
    expect(planned(schedule, "2026-01-12T00:00:00Z", "2026-01-10T00:00:00Z")).toBe("2026-01-10T01:00:00.000Z");
  });

  test.each([
    // The clocks go from 02:00 to 03:00 (CET, +1 → CEST, +2): the quiet hours end an hour earlier in UTC.
    ["Europe/Berlin", "2026-03-28T20:00:00Z", "2026-03-29T04:00:00.000Z"],
    // And back from 03:00 to 02:00: an hour later.
    ["Europe/Berlin", "2026-10-24T19:00:00Z", "2026-10-25T05:00:00.000Z"],
    ["America/New_York", "2026-03-08T01:00:00Z", "2026-03-08T10:00:00.000Z"],
    ["America/New_York", "2026-11-01T01:00:00Z", "2026-11-01T11:00:00.000Z"],
    // Half an hour off, all year round: 06:00 is 00:30 UTC.
    ["Asia/Kolkata", "2026-03-28T13:00:00Z", "2026-03-29T00:30:00.000Z"],
  ])("ends its wait at 06:00 on the walls of %s, connected at %s", (timeZone, connectedAt, expected) => {
    expect(planned(scheduleOf(6, [22, 6], timeZone), connectedAt)).toBe(expected);
  });

  test("is not lost when a change of the clocks swallows the hour it may come in", () => {
    // Only from 02:00 to 03:00 may anything happen, and on that night there is no such hour.
    const schedule = scheduleOf(6, [3, 2], "Europe/Berlin");
    expect(planned(schedule, "2026-03-28T12:00:00Z")).toBe("2026-03-30T00:00:00.000Z");
    // In autumn there are two of them: the first will do.
    expect(planned(schedule, "2026-10-24T12:00:00Z")).toBe("2026-10-25T00:00:00.000Z");
  });

  test.each(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])(
    "is never in quiet hours, never early, never days late, and stays when asked again, in %s",
    (timeZone) => {
      const random = seededRandom(20_260_329);
      const year = Date.parse("2026-01-01T00:00:00Z");
      const hourOf = hourOfDayIn(timeZone);
      for (let round = 0; round < 400; round += 1) {
        const hours: [number, number] = [Math.floor(random() * 24), Math.floor(random() * 24)];
        const schedule = { ...scheduleOf(1 + Math.floor(random() * 48), hours, "UTC"), hourOf };
        const connectedAt = year + Math.floor(random() * 365 * 24 * HOUR_MS);
        const ripe = connectedAt + schedule.intervalMs;
        const next = nextReconnect(schedule, connectedAt, connectedAt);
        expect(isQuiet(schedule.quietHours, hourOf(next))).toBe(false);
        expect(next).toBeGreaterThanOrEqual(ripe);
        expect(next - ripe).toBeLessThanOrEqual(49 * HOUR_MS);
        expect(nextReconnect(schedule, connectedAt, Math.floor(connectedAt + random() * (next - connectedAt)))).toBe(
          next,
        );
        expect(nextReconnect(schedule, connectedAt, next)).toBe(next);
        // Nothing before it would have done.
        if (next > ripe) expect(isQuiet(schedule.quietHours, hourOf(next - 1))).toBe(true);
      }
    },
  );
});

describe("a planned reconnect that is due", () => {
  const schedule = { calmMs: 60_000 };

  test("waits while messages are under way or came a moment ago", () => {
    expect(whyNotNow(schedule, { lastMessageAtMs: null, pending: 2 }, 100_000)).toContain("2 messages are under way");
    expect(whyNotNow(schedule, { lastMessageAtMs: 40_001, pending: 0 }, 100_000)).toContain("a moment ago");
  });

  test("is made in a calm", () => {
    expect(whyNotNow(schedule, { lastMessageAtMs: null, pending: 0 }, 100_000)).toBeUndefined();
    expect(whyNotNow(schedule, { lastMessageAtMs: 40_000, pending: 0 }, 100_000)).toBeUndefined();
  });
});
