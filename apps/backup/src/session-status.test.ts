import { createFakeClock } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";

import { createStatusBoard } from "./session-status.ts";
import type { SessionStatus } from "./session-status.ts";

const HOUR_MS = 3_600_000;

describe("the lag that is told", () => {
  test("is how long a change has waited, and gone once it is replicated", () => {
    const clock = createFakeClock(10 * HOUR_MS);
    const told: SessionStatus[] = [];
    const board = createStatusBoard(clock, (status) => told.push(status));
    board.update({ position: 1 });
    clock.advance(700);
    board.refreshLag();
    expect(told.at(-1)?.lagMs).toBe(700);
    board.update({ replicatedPosition: 1 });
    expect(told.at(-1)?.lagMs).toBe(0);
  });

  test.each([-HOUR_MS, HOUR_MS])("is never wrong, nor negative, because the clock was set by %d ms", (byMs) => {
    const clock = createFakeClock(10 * HOUR_MS);
    const board = createStatusBoard(clock, () => undefined);
    board.update({ position: 1 });
    clock.advance(700);
    clock.setWall(byMs);
    board.refreshLag();
    expect(board.status.lagMs).toBe(700);
  });
});
