import { backOffDelayMs } from "@blacksky/machine";
import type { BackOff, Transition } from "@blacksky/machine";

/*
 * Replication of one local store under one lease.
 *
 *   idle ──changed──▶ gathering ──timer──▶ replicating ──replicated──▶ idle | gathering
 *                                             │    ▲
 *                                          failed  timer, flush
 *                                             ▼    │
 *                                           backingOff
 *
 * Any state ends in `fenced` when another process has taken the lease, and in `stopped` when we are asked to.
 * Assumed of the other side: a `replicate` effect reads everything the store has beyond the replicated position and
 * ends in exactly one of `replicated`, `failed` and `fenced`; only one is ever under way, so none can be late except
 * after the end, where it is dropped. The feed waits on disk: forgetting an event costs time, never a change.
 */

/** `attempt` counts failures in a row. */
export type ReplicationState =
  /** Nothing is known to be unreplicated. */
  | { readonly status: "idle" }
  /** Something is; a moment is given to what comes with it. */
  | { readonly status: "gathering" }
  /** A change set is on its way. `urgent`: somebody waits for what came after it. */
  | { readonly status: "replicating"; readonly attempt: number; readonly urgent: boolean }
  | { readonly status: "backingOff"; readonly attempt: number }
  | { readonly status: "fenced" }
  | { readonly status: "stopped" };

export type ReplicationEvent =
  /** The store has moved on. */
  | { readonly type: "changed" }
  /** Somebody waits until everything is replicated. */
  | { readonly type: "flush" }
  | { readonly type: "timer" }
  /** `behind`: the store moved on meanwhile. */
  | { readonly type: "replicated"; readonly behind: boolean }
  /** `chance` is a roll in [0, 1) for the jitter. */
  | { readonly type: "failed"; readonly chance: number }
  | { readonly type: "fenced" }
  | { readonly type: "stop" };

export type ReplicationEffect =
  | { readonly type: "replicate" }
  | { readonly type: "startTimer"; readonly delayMs: number }
  | { readonly type: "cancelTimer" }
  /** Tell the rest of the process that the session is another's now. */
  | { readonly type: "surrender" };

export interface ReplicationContext {
  /** How long changes are gathered: many small ones cost PostgreSQL more than one larger one. */
  readonly gatherMs: number;
  readonly backOff: BackOff;
}

type Step = readonly [ReplicationState, readonly ReplicationEffect[]];

const REPLICATE: ReplicationEffect = { type: "replicate" };
const CANCEL: ReplicationEffect = { type: "cancelTimer" };

const replicate = (attempt: number, urgent: boolean, ...before: ReplicationEffect[]): Step => [
  { status: "replicating", attempt, urgent },
  [...before, REPLICATE],
];

const gather = ({ gatherMs }: ReplicationContext): Step => [
  { status: "gathering" },
  [{ type: "startTimer", delayMs: gatherMs }],
];

const backOff = (context: ReplicationContext, attempt: number, chance: number): Step => [
  { status: "backingOff", attempt },
  [{ type: "startTimer", delayMs: backOffDelayMs(context.backOff, attempt, chance) }],
];

const afterReplicated = (context: ReplicationContext, behind: boolean, urgent: boolean): Step => {
  if (!behind) return [{ status: "idle" }, []];
  return urgent ? replicate(0, false) : gather(context);
};

const whileReplicating = (
  context: ReplicationContext,
  state: Extract<ReplicationState, { status: "replicating" }>,
  event: ReplicationEvent,
): Step => {
  switch (event.type) {
    case "replicated":
      return afterReplicated(context, event.behind, state.urgent);
    case "failed":
      return backOff(context, state.attempt, event.chance);
    case "flush":
      return [{ ...state, urgent: true }, []];
    case "changed":
    case "timer":
    case "fenced":
    case "stop":
      return [state, []];
  }
};

const whileWaiting = (
  context: ReplicationContext,
  state: Extract<ReplicationState, { status: "idle" | "gathering" | "backingOff" }>,
  event: ReplicationEvent,
): Step => {
  const attempt = state.status === "backingOff" ? state.attempt + 1 : 0;
  switch (event.type) {
    case "changed":
      return state.status === "idle" ? gather(context) : [state, []];
    case "flush":
      return state.status === "idle" ? replicate(0, false) : replicate(attempt, false, CANCEL);
    case "timer":
      return state.status === "idle" ? [state, []] : replicate(attempt, false);
    case "replicated":
    case "failed":
    case "fenced":
    case "stop":
      return [state, []];
  }
};

/** What replication does next; see the diagram above. */
export const replicationTransition: Transition<
  ReplicationContext,
  ReplicationState,
  ReplicationEvent,
  ReplicationEffect
> = (context, state, event) => {
  if (state.status === "stopped" || (state.status === "fenced" && event.type !== "stop")) return [state, []];
  const waits = state.status === "gathering" || state.status === "backingOff";
  if (event.type === "stop") return [{ status: "stopped" }, waits ? [CANCEL] : []];
  if (event.type === "fenced") return [{ status: "fenced" }, [...(waits ? [CANCEL] : []), { type: "surrender" }]];
  switch (state.status) {
    case "replicating":
      return whileReplicating(context, state, event);
    case "idle":
    case "gathering":
    case "backingOff":
      return whileWaiting(context, state, event);
    case "fenced":
      return [state, []];
  }
};
