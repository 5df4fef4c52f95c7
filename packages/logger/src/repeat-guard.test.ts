import { describe, expect, test } from "@jest/globals";
import type { LogFields } from "./logger.ts";
import { createRepeatGuard } from "./repeat-guard.ts";
import { createTestLogger } from "./testing/test-logger.ts";

const setUp = () => {
  const told: { level: string; message: string; fields: LogFields }[] = [];
  const logger = createTestLogger((level, message, fields = {}) => void told.push({ level, message, fields }));
  const clock = { ms: 0, now: () => clock.ms };
  return { guard: createRepeatGuard({ logger, clock }), told, clock };
};

const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });

describe("createRepeatGuard", () => {
  test("tells a problem at once, then once a minute with how often it happened", () => {
    const { guard, told, clock } = setUp();
    for (let second = 0; second <= 120; second += 1) {
      clock.ms = second * 1000;
      guard.happened("The database is away.", refused, { attempt: second });
    }
    expect(told.map(({ level, fields }) => [level, fields["attempt"], fields["times"], fields["total"]])).toEqual([
      ["error", 0, undefined, undefined],
      ["error", 60, 60, 61],
      ["error", 120, 60, 121],
    ]);
  });

  test("tells at once when the error becomes another", () => {
    const { guard, told } = setUp();
    guard.happened("The database is away.", refused);
    guard.happened("The database is away.", refused);
    guard.happened("The database is away.", reset);
    expect(told.map(({ fields }) => (fields["error"] as Error).message)).toEqual(["refused", "reset"]);
  });

  test("tells the end, with how often and how long", () => {
    const { guard, told, clock } = setUp();
    guard.happened("The database is away.", refused);
    clock.ms = 5000;
    guard.happened("The database is away.", refused);
    guard.ended("The database is away.");
    expect(told.at(-1)).toEqual({
      level: "info",
      message: "Over: The database is away.",
      fields: { total: 2, durationMs: 5000 },
    });
  });

  test("an end without a beginning is not told, and a problem may begin again", () => {
    const { guard, told } = setUp();
    guard.ended("The database is away.");
    guard.happened("The database is away.", refused);
    guard.ended("The database is away.");
    guard.ended("The database is away.");
    guard.happened("The database is away.", refused);
    expect(told.map(({ level }) => level)).toEqual(["error", "info", "error"]);
  });

  test("problems are apart from each other", () => {
    const { guard, told } = setUp();
    guard.happened("One.", refused);
    guard.happened("Two.", refused);
    expect(told).toHaveLength(2);
  });
});
