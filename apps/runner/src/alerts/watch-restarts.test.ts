import { createFakeClock } from "@blacksky/machine";
import type { Alert } from "@blacksky/protocol";
import type { ChildView } from "@blacksky/supervisor";
import { describe, expect, test } from "@jest/globals";
import { watchRestarts } from "./watch-restarts.ts";

const view = (id: string, restarts: number, state: ChildView["state"] = "running"): ChildView => ({
  id,
  restarts,
  state,
  generation: restarts + 1,
  pid: 7,
  startedAt: 0,
  lastExit: null,
});

const setUp = () => {
  const clock = createFakeClock();
  const raised: string[] = [];
  const signs: string[] = [];
  const desk = {
    raise: ({ kind, text }: Alert) => void raised.push(`${kind}: ${text}`),
    eased: (source: string) => void signs.push(`eased ${source}`),
    relapsed: (source: string) => void signs.push(`relapsed ${source}`),
  };
  const notices: string[] = [];
  const look = watchRestarts(clock, desk, { tell: ({ kind }) => void notices.push(kind) });
  return { clock, raised, signs, notices, look };
};

describe("the watch on restarts", () => {
  test("is silent about a crash or two, and about a child that only changes its state", () => {
    const { raised, notices, look } = setUp();
    for (const restarts of [0, 1, 1, 1, 2, 2]) look([view("bot", restarts), view("keeper", 1)]);
    expect(raised).toEqual([]);
    expect(notices).toEqual(["keeper-restarted", "bot-restarted", "bot-restarted"]);
  });

  test("raises an alert when one child does not stay up", () => {
    const { clock, raised, look } = setUp();
    for (const restarts of [0, 1, 2, 3]) {
      look([view("bot", restarts), view("keeper", Math.min(restarts, 2))]);
      clock.advance(60_000);
    }
    expect(raised).toEqual([expect.stringMatching(/^worker-crashing: The bot worker ended unexpectedly 3 times/)]);
  });

  test("tells when all run, and each time when one has ended by itself", () => {
    const { signs, look } = setUp();
    look([]);
    look([view("bot", 0), view("keeper", 0, "starting")]);
    expect(signs).toEqual([]);
    look([view("bot", 0), view("keeper", 0)]);
    look([view("bot", 1, "backing-off"), view("keeper", 0)]);
    look([view("bot", 1), view("keeper", 0)]);
    expect(signs).toEqual(["eased workers", "relapsed workers", "eased workers"]);
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
