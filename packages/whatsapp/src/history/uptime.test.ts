import { describe, expect, test } from "@jest/globals";
import { beginSpan, DAY_MS, emptyUptime, extendSpan, uptimePercent, WEEK_MS, type Uptime } from "./uptime.ts";

const HOUR_MS = 3_600_000;
const START = 50 * WEEK_MS;

const open = (uptime: Uptime, from: number, to: number): Uptime => extendSpan(beginSpan(uptime, from), to);
const day = (uptime: Uptime, now: number): number | null => uptimePercent(uptime, now, DAY_MS);

describe("the uptime of a connection", () => {
  test("is not known before it was open for the first time", () => {
    expect(day(emptyUptime, START)).toBeNull();
    expect(day(beginSpan(emptyUptime, START), START)).toBeNull();
  });

  test("is of the time that is known, and not of what was before it", () => {
    const uptime = open(open(emptyUptime, START, START + HOUR_MS), START + 2 * HOUR_MS, START + 4 * HOUR_MS);
    expect(day(uptime, START + 4 * HOUR_MS)).toBe(75);
    expect(uptimePercent(uptime, START + 4 * HOUR_MS, WEEK_MS)).toBe(75);
  });

  test("counts the time in which nobody ran as down", () => {
    const uptime = open(open(emptyUptime, START, START + HOUR_MS), START + 3 * HOUR_MS, START + 4 * HOUR_MS);
    expect(day(uptime, START + 4 * HOUR_MS)).toBe(50);
    // Still nobody there.
    expect(day(uptime, START + 8 * HOUR_MS)).toBe(25);
  });

  test("looks back a day, or a week", () => {
    const uptime = open(open(emptyUptime, START, START + 6 * DAY_MS), START + 6.5 * DAY_MS, START + 7 * DAY_MS);
    const now = START + 7 * DAY_MS;
    expect(day(uptime, now)).toBe(50);
    expect(uptimePercent(uptime, now, WEEK_MS)).toBe(92.86);
  });

  test("forgets what is older than a week, but not that it is known", () => {
    const old = open(emptyUptime, START, START + HOUR_MS);
    const uptime = open(old, START + 10 * DAY_MS, START + 10 * DAY_MS + 12 * HOUR_MS);
    expect(uptime).toMatchObject({ firstAt: START, spans: [[START + 10 * DAY_MS, expect.any(Number)]] });
    expect(day(uptime, START + 10 * DAY_MS + 12 * HOUR_MS)).toBe(50);
  });

  test("stays right within a percent, and small, when the connection breaks all the time", () => {
    let uptime = emptyUptime;
    for (let at = 0; at < DAY_MS; at += 60_000) uptime = open(uptime, START + at, START + at + 59_500);
    expect(uptime.spans.length).toBeLessThanOrEqual(200);
    expect(day(uptime, START + DAY_MS)).toBeGreaterThan(99.1);
    expect(JSON.stringify(uptime).length).toBeLessThan(8000);
  });

  test("is no more than everything when the clock is set back", () => {
    let uptime = open(emptyUptime, START, START + 2 * HOUR_MS);
    uptime = open(uptime, START + HOUR_MS, START + 1.5 * HOUR_MS);
    expect(day(uptime, START + 1.5 * HOUR_MS)).toBe(100);
    expect(day(extendSpan(uptime, START + 3 * HOUR_MS), START + 3 * HOUR_MS)).toBe(100);
  });
});
