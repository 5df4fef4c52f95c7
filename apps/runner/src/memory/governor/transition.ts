import type { Transition } from "@blacksky/machine";
import type { GovernorEffect } from "./effect.ts";
import type { GovernorEvent, MemorySampled, ProcessSample } from "./event.ts";
import type { GovernorSettings } from "./settings.ts";
import type { GovernorState, MemoryLevel, WatchedProcess } from "./state.ts";

/** The process that cannot be replaced by itself. */
const RUNNER = "runner";

type Step = readonly [GovernorState, readonly GovernorEffect[]];

const round = (mb: number): string => String(Math.round(mb));

const levelOf = (settings: GovernorSettings, percent: number, before: MemoryLevel): MemoryLevel => {
  const { cleanupPercent, emergencyPercent, hysteresisPercent } = settings;
  const isAbove = (threshold: number, isIn: boolean): boolean =>
    percent >= (isIn ? threshold - hysteresisPercent : threshold);
  if (isAbove(emergencyPercent, before === "critical")) return "critical";
  return isAbove(cleanupPercent, before !== "normal") ? "high" : "normal";
};

const watch = (
  settings: GovernorSettings,
  watched: GovernorState["watched"],
  processes: readonly ProcessSample[],
  now: number,
): GovernorState["watched"] => {
  const seen: Record<string, WatchedProcess> = {};
  for (const { id, pid, mb } of processes) {
    const before = watched[id];
    const known = before !== undefined && before.pid === pid ? before : { pid, since: now, leastMb: null };
    const isSettled = now - known.since >= settings.growthFromMs;
    seen[id] = isSettled ? { ...known, leastMb: Math.min(known.leastMb ?? mb, mb) } : known;
  }
  return seen;
};

/** Megabytes that it takes beyond the least that it took. */
const growthOf = ({ watched }: GovernorState, { id, mb }: ProcessSample): number => mb - (watched[id]?.leastMb ?? mb);

const isOver = (at: number | null, pauseMs: number, now: number): boolean => at === null || now - at >= pauseMs;

/** Who is to be replaced: one whose heap is full, else who has grown most. */
const choose = (settings: GovernorSettings, state: GovernorState, sample: MemorySampled): ProcessSample | undefined => {
  const workers = sample.processes.filter(({ id }) => id !== RUNNER);
  const full = workers.find(({ heapPercent }) => (heapPercent ?? 0) >= settings.heapPercent);
  if (full !== undefined) return full;
  if (state.status !== "critical") return undefined;
  const [most] = workers.toSorted((one, other) => growthOf(state, other) - growthOf(state, one));
  const leastMb = (settings.quotaMb * settings.leastGrowthPercent) / 100;
  return most !== undefined && growthOf(state, most) >= leastMb ? most : undefined;
};

const recycle = (state: GovernorState, worker: ProcessSample, now: number): Step => {
  const { id, mb, heapPercent } = worker;
  const grown = `it has grown by ${round(growthOf(state, worker))} MB to ${round(mb)} MB`;
  const heap = heapPercent === null ? "" : `, its heap is ${round(heapPercent)} % full`;
  const underWay = { action: "recycle", worker: id, beforeMb: state.usedMb, at: now } as const;
  return [
    { ...state, underWay, recycledAt: now, wantedSince: null },
    [{ type: "recycle", worker: id, reason: `memory: ${grown}${heap}` }],
  ];
};

const restart = (settings: GovernorSettings, state: GovernorState, now: number): Step => {
  const reason = `memory: ${round(state.usedMb)} of ${round(settings.quotaMb)} MB are in use`;
  const underWay = { action: "restart", worker: null, beforeMb: state.usedMb, at: now } as const;
  return [{ ...state, underWay, restartedAt: now, wantedSince: null }, [{ type: "restart", reason }]];
};

const trim = (state: GovernorState, now: number): Step => {
  const underWay = { action: "trim", worker: null, beforeMb: state.usedMb, at: now } as const;
  return [{ ...state, underWay, trimmedAt: now }, [{ type: "trim" }]];
};

/** The gentlest thing that may still help. */
const act = (settings: GovernorSettings, state: GovernorState, sample: MemorySampled, now: number): Step => {
  const isLast = (state.usedMb / settings.quotaMb) * 100 >= settings.lastResortPercent;
  const candidate = choose(settings, state, sample);
  if (state.status === "normal" && candidate === undefined) return [{ ...state, wantedSince: null }, []];
  if (!isLast && isOver(state.trimmedAt, settings.trimPauseMs, now)) return trim(state, now);
  if (candidate !== undefined && isOver(state.recycledAt, settings.recyclePauseMs, now)) {
    const wantedSince = state.wantedSince ?? now;
    const mayWait = sample.isBusy && !isLast && now - wantedSince < settings.patienceMs;
    return mayWait ? [{ ...state, wantedSince }, []] : recycle(state, candidate, now);
  }
  const grownMb = sample.processes.reduce((sum, one) => sum + growthOf(state, one), 0);
  const helps = grownMb >= (settings.quotaMb * settings.leastGrowthPercent) / 100;
  if (isLast && helps && isOver(state.restartedAt, settings.restartPauseMs, now)) return restart(settings, state, now);
  return [state, []];
};

/**
 * The machine that keeps the tree within its quota; see SPEC.md beside it.
 *
 * @param now epoch milliseconds
 */
export const transitionGovernor: Transition<GovernorSettings, GovernorState, GovernorEvent, GovernorEffect> = (
  settings,
  before,
  sample,
  now,
) => {
  const usedMb = sample.processes.reduce((sum, { mb }) => sum + mb, 0);
  const status = levelOf(settings, (usedMb / settings.quotaMb) * 100, before.status);
  const effects: GovernorEffect[] = [];
  if (status !== before.status) effects.push({ type: "levelChanged", from: before.status, to: status, usedMb });
  const state = { ...before, status, usedMb, watched: watch(settings, before.watched, sample.processes, now) };
  const { underWay } = state;
  if (underWay !== null) {
    if (now - underWay.at < settings.effectMs) return [state, effects];
    const { action, worker, beforeMb } = underWay;
    effects.push({ type: "report", action, worker, beforeMb, afterMb: usedMb });
    state.underWay = null;
  }
  if (!settings.isEnabled) return [state, effects];
  const [next, done] = act(settings, state, sample, now);
  return [next, [...effects, ...done]];
};
