import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import { createPace } from "./pace.ts";

describe("a pace", () => {
  test("tells at once, then at most once per interval, and the last one for sure", () => {
    const clock = createFakeClock();
    const told: number[] = [];
    const pace = createPace(clock, 100, () => told.push(clock.now()));
    pace.touch();
    pace.touch();
    clock.advance(50);
    pace.touch();
    expect(told).toEqual([0]);
    clock.advance(60);
    expect(told).toEqual([0, 100]);
    clock.advance(1000);
    pace.touch();
    expect(told).toEqual([0, 100, 1110]);
  });

  test("tells what waits when it is flushed, and leaves no timer", () => {
    const clock = createFakeClock();
    let told = 0;
    const pace = createPace(clock, 100, () => (told += 1));
    pace.touch();
    pace.touch();
    pace.flush();
    pace.flush();
    expect([told, clock.pending]).toEqual([2, 0]);
  });
});
