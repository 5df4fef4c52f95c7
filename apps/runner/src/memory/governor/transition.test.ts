import { describe, expect, test } from "@jest/globals";
import type { GovernorEffect } from "./effect.ts";
import type { MemorySampled, ProcessSample } from "./event.ts";
import { DEFAULT_GOVERNOR, type GovernorSettings } from "./settings.ts";
import { INITIAL_GOVERNOR, type GovernorState } from "./state.ts";
import { transitionGovernor } from "./transition.ts";

const SETTINGS: GovernorSettings = {
  ...DEFAULT_GOVERNOR,
  quotaMb: 500,
  isEnabled: true,
  cleanupPercent: 70,
  emergencyPercent: 85,
};
const SECOND = 1000;
const MINUTE = 60 * SECOND;

type Sizes = Partial<Record<"runner" | "backup" | "bot" | "keeper", number>>;

const sampleOf = (sizes: Sizes, more: Partial<MemorySampled> = {}): MemorySampled => ({
  type: "sampled",
  processes: Object.entries({ runner: 30, backup: 25, keeper: 20, ...sizes }).map(([id, mb], at): ProcessSample => ({
    id,
    pid: 100 + at,
    mb,
    heapPercent: 50,
  })),
  isBusy: false,
  ...more,
});

/** A governor to which samples are given, each so long after the one before. */
const govern = (settings: GovernorSettings = SETTINGS) => {
  let state: GovernorState = INITIAL_GOVERNOR;
  let now = 1_700_000_000_000;
  const feed = (sample: MemorySampled, afterMs = 10 * SECOND): readonly GovernorEffect[] => {
    now += afterMs;
    const [next, effects] = transitionGovernor(settings, state, sample, now);
    state = next;
    return effects;
  };
  // Everybody has settled.
  for (let at = 0; at < 4; at += 1) feed(sampleOf({ bot: 65 }));
  return {
    feed,
    types: (sample: MemorySampled, afterMs?: number) => feed(sample, afterMs).map(({ type }) => type),
    get state() {
      return state;
    },
  };
};

describe("the governor", () => {
  test("does nothing below the cleanup threshold", () => {
    expect(govern().types(sampleOf({ bot: 270 }))).toEqual([]);
  });

  test("has caches trimmed from there on, once a minute, and tells what that was good for", () => {
    const governor = govern();
    expect(governor.types(sampleOf({ bot: 280 }))).toEqual(["levelChanged", "trim"]);
    expect(governor.feed(sampleOf({ bot: 260 }))).toEqual([
      { type: "report", action: "trim", worker: null, beforeMb: 355, afterMb: 335 },
    ]);
    expect(governor.types(sampleOf({ bot: 280 }), 49 * SECOND)).toEqual([]);
    expect(governor.types(sampleOf({ bot: 280 }), 1 * SECOND)).toEqual(["trim"]);
  });

  test("leaves a level only when it is well below it", () => {
    const governor = govern();
    governor.feed(sampleOf({ bot: 280 }));
    expect(governor.types(sampleOf({ bot: 260 }))).toEqual(["report"]);
    expect([governor.state.status, governor.types(sampleOf({ bot: 240 }))]).toEqual(["high", ["levelChanged"]]);
  });

  test("replaces the worker that grew, after a trim, and no sooner again than after ten minutes", () => {
    const governor = govern();
    expect(governor.types(sampleOf({ bot: 355 }))).toEqual(["levelChanged", "trim"]);
    const [report, recycle] = governor.feed(sampleOf({ bot: 360 }));
    expect(report?.type).toBe("report");
    expect(recycle).toMatchObject({ type: "recycle", worker: "bot" });
    expect(recycle).toMatchObject({ reason: "memory: it has grown by 295 MB to 360 MB, its heap is 50 % full" });
    expect(governor.types(sampleOf({ bot: 65 }), 15 * SECOND)).toEqual(["levelChanged", "report"]);
    expect(governor.types(sampleOf({ bot: 360 }), 5 * MINUTE)).toEqual(["levelChanged", "trim"]);
    expect(governor.types(sampleOf({ bot: 360 }), 4 * MINUTE)).toEqual(["report", "trim"]);
    expect(governor.types(sampleOf({ bot: 360 }), 1 * MINUTE)).toEqual(["report", "trim"]);
    expect(governor.types(sampleOf({ bot: 360 }))).toEqual(["report", "recycle"]);
  });

  test("waits with that for a quiet moment, but not for ever, and not when it is late", () => {
    const busy = (bot: number): MemorySampled => sampleOf({ bot }, { isBusy: true });
    const patient = govern();
    patient.feed(busy(355));
    expect(patient.types(busy(355))).toEqual(["report"]);
    expect(patient.types(busy(355), 29 * SECOND)).toEqual([]);
    expect(patient.types(sampleOf({ bot: 355 }), 500)).toEqual(["recycle"]);
    const impatient = govern();
    impatient.feed(busy(355));
    impatient.feed(busy(355));
    expect(impatient.types(busy(355), 30 * SECOND)).toEqual(["recycle"]);
    expect(govern().types(busy(401))).toEqual(["levelChanged", "recycle"]);
  });

  test("replaces a worker whose heap is full whatever else is free", () => {
    const governor = govern();
    const processes = sampleOf({ bot: 150 }).processes.map((one) => ({
      ...one,
      heapPercent: one.id === "bot" ? 91 : 40,
    }));
    const sample = sampleOf({}, { processes });
    expect(governor.types(sample)).toEqual(["trim"]);
    expect(governor.feed(sample)[1]).toMatchObject({ type: "recycle", worker: "bot" });
  });

  test("has all begin anew where it may replace nobody and it is late; not for what they need from the beginning", () => {
    const governor = govern();
    expect(governor.types(sampleOf({ bot: 401 }))).toEqual(["levelChanged", "recycle"]);
    expect(governor.types(sampleOf({ bot: 405 }))).toEqual(["report", "restart"]);
    expect(governor.types(sampleOf({ bot: 405 }))).toEqual(["report"]);
    expect(governor.types(sampleOf({ bot: 405 }), 3 * MINUTE)).toEqual(["restart"]);
    const small = govern({ ...SETTINGS, quotaMb: 140 });
    for (let at = 0; at < 100; at += 1) {
      expect(
        small.types(sampleOf({ bot: 66 }), MINUTE).filter((type) => type === "recycle" || type === "restart"),
      ).toEqual([]);
    }
  });

  test("counts growth from when a process has settled, and each process anew", () => {
    const governor = govern();
    const grown = sampleOf({ bot: 355 });
    const fresh = sampleOf({}, { processes: grown.processes.map((one) => ({ ...one, pid: one.pid + 10 })) });
    expect(governor.types(fresh)).toEqual(["levelChanged", "trim"]);
    // That is what it takes: to replace it would not help.
    expect(governor.types(fresh, 20 * SECOND)).toEqual(["report"]);
    expect(governor.types(fresh, 20 * SECOND)).toEqual([]);
  });

  test("only measures where it is told so", () => {
    const governor = govern({ ...SETTINGS, isEnabled: false });
    expect(governor.types(sampleOf({ bot: 450 }))).toEqual(["levelChanged"]);
    expect(governor.types(sampleOf({ bot: 450 }), MINUTE)).toEqual([]);
  });
});
