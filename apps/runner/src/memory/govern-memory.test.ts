import { createFakeClock } from "@blacksky/machine";
import type { Notice } from "@blacksky/protocol";
import { expect, test } from "@jest/globals";
import { createMemoryGovernor } from "./govern-memory.ts";
import { DEFAULT_GOVERNOR } from "./governor/settings.ts";
import type { ProcessUsage } from "@blacksky/supervisor";

const SETTINGS = { ...DEFAULT_GOVERNOR, quotaMb: 500, isEnabled: true, cleanupPercent: 70, emergencyPercent: 85 };

const setUp = () => {
  const clock = createFakeClock(1_700_000_000_000);
  const done: string[] = [];
  const told: Notice[] = [];
  const logged: Record<string, unknown>[] = [];
  const note = (_message: string, fields: Record<string, unknown> = {}): void => void logged.push(fields);
  const governor = createMemoryGovernor({
    settings: SETTINGS,
    hands: {
      trim: () => void done.push("trim"),
      recycle: (worker) => void done.push(`recycle ${worker}`),
      restart: () => void done.push("restart"),
      tell: (notice) => void told.push(notice),
      heapPercent: () => null,
      isBusy: () => false,
    },
    clock,
    log: { debug: note, info: note, warn: note, error: note },
  });
  const see = (botMb: number, afterMs = 10_000): void => {
    clock.advance(afterMs);
    const usage: ProcessUsage[] = [
      { id: "runner", pid: 1, mb: 30 },
      { id: "bot", pid: 2, mb: botMb },
    ];
    governor.see(usage);
  };
  for (let at = 0; at < 4; at += 1) see(60);
  return { governor, done, told, logged, see };
};

test("what fills the memory is trimmed, then replaced, and told with megabytes before and after", () => {
  const { governor, done, told, logged, see } = setUp();
  see(400);
  see(400);
  see(60);
  expect(done).toEqual(["trim", "recycle bot"]);
  expect(told).toMatchObject([{ kind: "memory", text: "Memory runs out: 430 of 500 MB are in use." }]);
  expect(governor.level).toBe("normal");
  expect(logged).toContainEqual({ action: "recycle", child: "bot", before_mb: 430, after_mb: 90 });
});

test("growth that will fill the memory within half a day is told once a day", () => {
  const { governor, told, see } = setUp();
  for (let minute = 0; minute <= 60; minute += 1) see(60 + minute, 60_000);
  expect(governor.forecast).toEqual({ growthMbPerHour: 60, quotaInHours: 5.9 });
  expect(told.map(({ kind }) => kind)).toEqual(["memory-forecast"]);
  expect(told[0]?.text).toContain("full in about 6 h");
});
