import { EXIT } from "@blacksky/errors";
import type { ChildContext, Step } from "./context.ts";
import type { ChildEffect } from "./effect.ts";
import { fall } from "./ending.ts";
import type { ChildEvent, TimerName } from "./event.ts";
import { type Alive, askToEnd, cancelLivingTimers, isStable, killAsCrash, killChild, report } from "./leave.ts";

/** What a child does that is starting or running. */
export const onAlive = (context: ChildContext, state: Alive, event: ChildEvent, now: number): Step => {
  switch (event.type) {
    case "start":
    case "drained":
      return [state, []];
    case "spawned":
      return [{ ...state, pid: event.pid }, []];
    case "helloed":
      return onHello(context, state, event.protocolVersion, now);
    case "ready":
      return onReady(context, state, now);
    case "pinged":
      return watch(context, state, now, []);
    case "violated":
      return killAsCrash(context, state, event.why, now);
    case "stop":
      return askToEnd(context, state, { type: "stay", reason: event.reason });
    case "recycle":
      return askToEnd(context, state, { type: "start", reason: event.reason });
    case "timer":
      return onTimer(context, state, event.name, now);
    case "exited":
    case "spawnFailed": {
      const cancels = cancelLivingTimers(state);
      return fall(context, { tally: state.tally, cancels, stable: isStable(state, now), cause: null }, event, now);
    }
  }
};

/** The child was heard: its silence begins anew. */
const watch = ({ heartbeat }: ChildContext, state: Alive, now: number, more: readonly ChildEffect[]): Step => {
  const { generation } = state.tally;
  const { deadlineMs } = heartbeat;
  const timer: ChildEffect = { type: "startTimer", name: "hang", generation, delayMs: deadlineMs };
  return [{ ...state, silence: { sinceMs: now, limitMs: deadlineMs } }, [timer, ...more]];
};

const ping = ({ heartbeat }: ChildContext, { tally: { generation } }: Alive): readonly ChildEffect[] => [
  { type: "sendPing", generation },
  { type: "startTimer", name: "ping", generation, delayMs: heartbeat.intervalMs },
];

const onHello = (context: ChildContext, state: Alive, version: number, now: number): Step => {
  if (version === context.protocolVersion) return watch(context, state, now, ping(context, state));
  const ours = String(context.protocolVersion);
  const reason = `speaks version ${String(version)} of the protocol, not ${ours}`;
  const [next, effects] = killChild(state, { type: "fail", reason, exitCode: EXIT.protocol });
  const { generation } = state.tally;
  return [next, [...effects, report(context, "error", `${reason}; killing it for good.`, { generation, version })]];
};

const onReady = (context: ChildContext, state: Alive, now: number): Step => {
  if (state.status === "running") return [state, []];
  const { generation } = state.tally;
  const tookMs = now - state.startedAtMs;
  const text = `is ready after ${String(tookMs)} ms.`;
  return [
    { ...state, status: "running", readyAtMs: now },
    [{ type: "cancelTimer", name: "start" }, report(context, "info", text, { generation, pid: state.pid, tookMs })],
  ];
};

const onTimer = (context: ChildContext, state: Alive, name: TimerName, now: number): Step => {
  switch (name) {
    case "start":
      if (state.status === "running") return [state, []];
      return killAsCrash(context, state, `was not ready within ${String(context.spec.startMs)} ms`, now);
    case "ping":
      return [state, ping(context, state)];
    case "hang":
      return onHangTimer(context, state, now);
    case "backOff":
    case "shutdown":
    case "kill":
      return [state, []];
  }
};

/**
 * A timer that comes late says that this process, or the whole machine, was asleep; timers run before the replies that
 * wait in the pipe are read. So the child gets one more deadline instead of being killed for our nap.
 */
const onHangTimer = (context: ChildContext, state: Alive, now: number): Step => {
  const { sinceMs, limitMs } = state.silence;
  const latenessMs = now - (sinceMs + limitMs);
  if (latenessMs > context.heartbeat.intervalMs) return watch(context, state, now, ping(context, state));
  return killAsCrash(context, state, `did not answer for ${String(limitMs)} ms`, now);
};
