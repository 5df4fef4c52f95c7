import { describe, expect, test } from "@jest/globals";
import { addRestart } from "./intensity.ts";

const intensity = { restarts: 2, periodMs: 1000 };

describe("the intensity window", () => {
  test("allows as many restarts as it says and refuses one more", () => {
    expect(addRestart(intensity, [], 0)).toEqual({ restartedAtMs: [0], within: true });
    expect(addRestart(intensity, [0], 500)).toEqual({ restartedAtMs: [0, 500], within: true });
    expect(addRestart(intensity, [0, 500], 1000).within).toBe(false);
  });

  test("forgets what is older than the period", () => {
    expect(addRestart(intensity, [0, 500], 1001)).toEqual({ restartedAtMs: [500, 1001], within: true });
  });

  test("of zero restarts refuses the first", () => {
    expect(addRestart({ restarts: 0, periodMs: 1000 }, [], 0).within).toBe(false);
  });
});
