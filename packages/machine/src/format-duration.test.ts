import { describe, expect, test } from "@jest/globals";
import { formatDuration } from "./format-duration.ts";

describe("formatDuration", () => {
  test.each([
    [0, "0 s"],
    [59.9, "59 s"],
    [3600, "1 h"],
    [86_400 * 2 + 3 * 3600 + 5, "2 d 3 h"],
    [-5, "0 s"],
  ])("%d s is %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});
