import { describe, expect, test } from "@jest/globals";
import { isTooOld } from "./age-policy.ts";

const MINUTE_MS = 60_000;
const now = 1_700_000_000_000;

describe("isTooOld", () => {
  test("refuses a command that waited more than 15 minutes", () => {
    expect(isTooOld({ backlog: true, sentAt: now - 16 * MINUTE_MS }, now)).toBe(true);
    expect(isTooOld({ backlog: true, sentAt: now - 14 * MINUTE_MS }, now)).toBe(false);
  });

  test("never refuses a live one, even when the clocks disagree", () => {
    expect(isTooOld({ backlog: false, sentAt: now - 60 * MINUTE_MS }, now)).toBe(false);
  });
});
