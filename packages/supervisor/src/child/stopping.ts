import { ABANDON_MS } from "../defaults.ts";
import type { ChildContext, Step } from "./context.ts";
import type { ChildEffect } from "./effect.ts";
import { describeEnding, fall, noteEnding } from "./ending.ts";
import type { ChildEvent, Ending, TimerName } from "./event.ts";
import { launch } from "./launch.ts";
import { report } from "./leave.ts";
import type { StoppingState, Tally } from "./state.ts";

/** What a child does that was asked to end, or was killed. */
export const onStopping = (context: ChildContext, state: StoppingState, event: ChildEvent, now: number): Step => {
  switch (event.type) {
    case "start":
    case "recycle":
    case "helloed":
    case "ready":
    case "pinged":
      return [state, []];
    case "spawned":
      return [{ ...state, pid: event.pid }, []];
    case "drained":
      return [{ ...state, unfinished: event.unfinished }, []];
    case "stop":
      return onStop(state, event.reason);
    case "violated":
      return state.killed ? [state, []] : kill(context, state, event.why);
    case "timer":
      return onTimer(context, state, event.name, now);
    case "exited":
    case "spawnFailed":
      return onGone(context, state, event, now);
  }
};

/** Whatever was to follow, a stop now is the last word, except over a failure. */
const onStop = (state: StoppingState, reason: string): Step =>
  state.sequel.type === "stay" || state.sequel.type === "fail"
    ? [state, []]
    : [{ ...state, sequel: { type: "stay", reason } }, []];

const kill = (context: ChildContext, state: StoppingState, why: string): Step => {
  const { generation } = state.tally;
  const effects: ChildEffect[] = [
    { type: "cancelTimer", name: "shutdown" },
    { type: "kill", generation },
    { type: "startTimer", name: "kill", generation, delayMs: ABANDON_MS },
    report(context, "warn", `${why}; killing it.`, { generation, pid: state.pid }),
  ];
  return [{ ...state, killed: true }, effects];
};

const onTimer = (context: ChildContext, state: StoppingState, name: TimerName, now: number): Step => {
  switch (name) {
    case "shutdown":
      return kill(context, state, `did not end within ${String(context.spec.shutdownMs)} ms`);
    case "kill":
      return onNotDead(context, state, now);
    case "start":
    case "ping":
    case "hang":
    case "backOff":
      return [state, []];
  }
};

/** A kernel that cannot end the process must not keep us from ending; but there is no next generation beside it. */
const onNotDead = (context: ChildContext, state: StoppingState, now: number): Step => {
  const { tally, sequel, pid } = state;
  const { generation } = tally;
  if (sequel.type === "stay" || sequel.type === "fail") {
    const lastExit = { code: null, signal: null, at: now, reason: "did not die when killed" };
    const text = report(context, "error", "did not die when killed; going on without it.", { generation, pid });
    if (sequel.type === "stay") return [{ status: "stopped", tally: { ...tally, lastExit } }, [text]];
    const { exitCode, reason: why } = sequel;
    return [{ status: "failed", tally: { ...tally, lastExit }, exitCode, why }, [text]];
  }
  return kill(context, state, "did not die when killed");
};

const onGone = (context: ChildContext, state: StoppingState, ending: Ending, now: number): Step => {
  const { tally, sequel } = state;
  const cancels: ChildEffect[] = (["shutdown", "kill"] as const).map((name) => ({ type: "cancelTimer", name }));
  const { generation } = tally;
  const what = describeEnding(ending);
  switch (sequel.type) {
    case "crash":
      return fall(context, { tally, cancels, stable: sequel.stable, cause: sequel.reason }, ending, now);
    case "fail": {
      const noted = noteEnding(tally, ending, sequel.reason, now);
      return [{ status: "failed", tally: noted, exitCode: sequel.exitCode, why: sequel.reason }, cancels];
    }
    case "stay":
      return onEndedAsAsked(context, tally, cancels, ending, now);
    case "start": {
      if (ending.allowance === "supervisorStopping") return onEndedAsAsked(context, tally, cancels, ending, now);
      const [next, effects] = launch(context, noteEnding(tally, ending, sequel.reason, now), now);
      const text = report(context, "info", `${what}, as asked; starting again.`, { generation });
      return [next, [...cancels, text, ...effects]];
    }
  }
};

const onEndedAsAsked = (
  context: ChildContext,
  tally: Tally,
  cancels: readonly ChildEffect[],
  ending: Ending,
  now: number,
): Step => {
  const text = report(context, "info", `${describeEnding(ending)}, as asked.`, { generation: tally.generation });
  return [{ status: "stopped", tally: noteEnding(tally, ending, null, now) }, [...cancels, text]];
};
