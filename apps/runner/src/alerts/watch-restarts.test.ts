import { createFakeClock } from "@blacksky/machine";
import type { ChildView } from "@blacksky/supervisor";
import { describe, expect, test } from "@jest/globals";
import { watchRestarts } from "./watch-restarts.ts";

const view = (id: string, restarts: number): ChildView => ({
  id,
  restarts,
  state: "running",
  generation: restarts + 1,
  pid: 7,
  startedAt: 0,
  lastExit: null,
});

const setUp = () => {
  const clock = createFakeClock();
  const raised: string[] = [];
  const look = watchRestarts(clock, ({ kind, text }) => void raised.push(`${kind}: ${text}`));
  return { clock, raised, look };
};

describe("the watch on restarts", () => {
  test("is silent about a crash or two, and about a child that only changes its state", () => {
    const { raised, look } = setUp();
    for (const restarts of [0, 1, 1, 1, 2, 2]) look([view("bot", restarts), view("keeper", 1)]);
    expect(raised).toEqual([]);
  });

  test("raises an alert when one child does not stay up", () => {
    const { clock, raised, look } = setUp();
    for (const restarts of [0, 1, 2, 3]) {
      look([view("bot", restarts), view("keeper", Math.min(restarts, 2))]);
      clock.advance(60_000);
    }
    expect(raised).toEqual([expect.stringMatching(/^worker-crashing: The bot worker ended unexpectedly 3 times/)]);
  });

  test("forgets what is long ago", () => {
    const { clock, raised, look } = setUp();
    for (const restarts of [1, 2, 3, 4]) {
      look([view("backup", restarts)]);
      clock.advance(200_000);
    }
    expect(raised).toEqual([]);
  });
});
