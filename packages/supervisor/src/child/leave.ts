import { ABANDON_MS, SHUTDOWN_SHARE, STABLE_AFTER_MS } from "../defaults.ts";
import type { ChildContext, Step } from "./context.ts";
import type { ChildEffect, Report } from "./effect.ts";
import type { RunningState, Sequel, StartingState } from "./state.ts";

/** A state in which the child is expected to live. */
export type Alive = StartingState | RunningState;

/** The timers of a living state, all to be cancelled on the way out. */
export const cancelLivingTimers = (state: Alive): ChildEffect[] => {
  const names = state.status === "starting" ? (["start", "ping", "hang"] as const) : (["ping", "hang"] as const);
  return names.map((name) => ({ type: "cancelTimer", name }));
};

/** Whether the child had been up long enough to count as well. */
export const isStable = (state: Alive, now: number): boolean =>
  state.status === "running" && now - state.readyAtMs >= STABLE_AFTER_MS;

/** A report about a child. */
export const report = (
  { spec }: ChildContext,
  level: Report["level"],
  text: string,
  fields: Readonly<Record<string, unknown>>,
): Report => ({ type: "report", level, message: `${spec.id} ${text}`, fields: { child: spec.id, ...fields } });

const toStopping = (state: Alive, sequel: Sequel, killed: boolean): Step[0] => ({
  status: "stopping",
  tally: state.tally,
  pid: state.pid,
  startedAtMs: state.startedAtMs,
  sequel,
  killed,
  unfinished: 0,
});

/** SIGKILL, and what follows once it is gone. */
export const killChild = (state: Alive, sequel: Sequel): Step => {
  const { generation } = state.tally;
  const effects: ChildEffect[] = [
    ...cancelLivingTimers(state),
    { type: "kill", generation },
    { type: "startTimer", name: "kill", generation, delayMs: ABANDON_MS },
  ];
  return [toStopping(state, sequel, true), effects];
};

/** Kills a child that broke its part of the contract; what follows is as after a crash. */
export const killAsCrash = (context: ChildContext, state: Alive, reason: string, now: number): Step => {
  const [next, effects] = killChild(state, { type: "crash", reason, stable: isStable(state, now) });
  const { generation } = state.tally;
  return [next, [...effects, report(context, "warn", `${reason}; killing it.`, { generation, pid: state.pid })]];
};

/** Asks the child to end, and what follows once it is gone. */
export const askToEnd = (context: ChildContext, state: Alive, sequel: Sequel): Step => {
  const { shutdownMs } = context.spec;
  if (shutdownMs === "brutal_kill") return killChild(state, sequel);
  const { generation } = state.tally;
  const deadlineMs = Math.max(1, Math.floor(shutdownMs * SHUTDOWN_SHARE));
  const effects: ChildEffect[] = [
    ...cancelLivingTimers(state),
    { type: "sendShutdown", generation, deadlineMs },
    { type: "startTimer", name: "shutdown", generation, delayMs: shutdownMs },
    report(context, "info", `is asked to end: ${sequel.reason}.`, { generation, deadlineMs }),
  ];
  return [toStopping(state, sequel, false), effects];
};
