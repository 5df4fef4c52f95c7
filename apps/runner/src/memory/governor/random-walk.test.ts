import { seededRandom } from "@blacksky/machine";
import { expect, test } from "@jest/globals";
import type { GovernorEffect } from "./effect.ts";
import type { ProcessSample } from "./event.ts";
import { DEFAULT_GOVERNOR, type GovernorSettings } from "./settings.ts";
import { INITIAL_GOVERNOR, type GovernorState } from "./state.ts";
import { transitionGovernor } from "./transition.ts";

const SETTINGS: GovernorSettings = {
  ...DEFAULT_GOVERNOR,
  quotaMb: 512,
  isEnabled: true,
  cleanupPercent: 70,
  emergencyPercent: 85,
};
const LOOK_MS = 10_000;
const HOURS = 6;
const BASE_MB = { runner: 28, backup: 24, bot: 62, keeper: 18 } as const;
type Id = keyof typeof BASE_MB;

interface Simulated {
  pid: number;
  mb: number;
  /** Megabytes a second. */
  leak: number;
}

const gaps = (times: readonly number[]): number[] => times.slice(1).map((at, index) => at - (times[index] ?? 0));

/** Processes that leak at random rates, of which the worst is 1 MB/s, and may be trimmed a little. */
const live = (seed: number) => {
  const random = seededRandom(seed);
  const tree = new Map<Id, Simulated>();
  let pid = 0;
  const start = (id: Id): void => {
    const isLeaky = id !== "runner" && random() < 0.7;
    tree.set(id, { pid: (pid += 1), mb: BASE_MB[id] * (0.9 + random() * 0.2), leak: isLeaky ? random() ** 3 / 3 : 0 });
  };
  const ids = Object.keys(BASE_MB) as Id[];
  for (const id of ids) start(id);
  const restart = (which: readonly Id[]): void => {
    for (const id of which) {
      const { leak = 0 } = tree.get(id) ?? {};
      start(id);
      const fresh = tree.get(id);
      // The same program leaks again.
      if (fresh !== undefined) fresh.leak = leak;
    }
  };
  // One that leaks alone, as fast as all of them may.
  const alone = seed % 2 === 0 ? undefined : tree.get(seed % 4 === 1 ? "bot" : "backup");
  if (alone !== undefined) for (const one of tree.values()) one.leak = one === alone ? 1 : 0;
  return {
    random,
    tree,
    pass(ms: number): void {
      for (const one of tree.values()) one.mb += (one.leak * ms) / 1000;
    },
    perform(effect: GovernorEffect): void {
      if (effect.type === "recycle") restart([effect.worker as Id]);
      if (effect.type === "restart") restart(ids.filter((id) => id !== "runner"));
      if (effect.type === "trim")
        for (const [id, one] of tree) one.mb = Math.max(BASE_MB[id] * 0.9, one.mb - random() * 10);
    },
    sample: (): ProcessSample[] =>
      Array.from(tree, ([id, one]) => ({ id, pid: one.pid, mb: one.mb, heapPercent: null })),
  };
};

test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))(
  "whatever leaks up to 1 MB/s, the quota is kept, with pauses between what is done (seed %i)",
  (seed) => {
    const { random, pass, perform, sample } = live(seed);
    let state: GovernorState = INITIAL_GOVERNOR;
    const times: Record<string, number[]> = { trim: [], recycle: [], restart: [] };
    for (let now = 0; now < HOURS * 3_600_000; now += LOOK_MS) {
      pass(LOOK_MS);
      const processes = sample();
      const usedMb = processes.reduce((sum, { mb }) => sum + mb, 0);
      expect(usedMb).toBeLessThan(SETTINGS.quotaMb);
      const event = { type: "sampled", processes, isBusy: random() < 0.5 } as const;
      const [next, effects] = transitionGovernor(SETTINGS, state, event, now);
      state = next;
      for (const effect of effects) {
        times[effect.type]?.push(now);
        perform(effect);
      }
    }
    expect(gaps(times["trim"] ?? []).every((gap) => gap >= SETTINGS.trimPauseMs)).toBe(true);
    expect(gaps(times["recycle"] ?? []).every((gap) => gap >= SETTINGS.recyclePauseMs)).toBe(true);
    expect(gaps(times["restart"] ?? []).every((gap) => gap >= SETTINGS.restartPauseMs)).toBe(true);
  },
);
