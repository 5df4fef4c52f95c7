import type { LastExit, ChildState } from "./child/state.ts";
import type { SupervisorContext, SupervisorState } from "./supervisor/state.ts";

/** A child as others see it. */
export interface ChildView {
  readonly id: string;
  readonly state: "starting" | "running" | "backing-off" | "stopping" | "stopped" | "failed";
  readonly generation: number;
  readonly pid: number | null;
  /** Restarts after an unplanned ending; planned ones are not counted. */
  readonly restarts: number;
  /** Epoch milliseconds of this generation's start; `null` while there is no process. */
  readonly startedAt: number | null;
  readonly lastExit: LastExit | null;
}

const viewChild = (id: string, child: ChildState): ChildView => {
  const { generation, restarts, lastExit } = child.tally;
  const state = child.status === "backingOff" ? "backing-off" : child.status;
  const process = "pid" in child ? { pid: child.pid, startedAt: child.startedAtMs } : { pid: null, startedAt: null };
  return { id, state, generation, restarts, lastExit, ...process };
};

/** All children, in start order. */
export const viewChildren = (context: SupervisorContext, state: SupervisorState): readonly ChildView[] =>
  context.children.flatMap(({ spec: { id } }) => {
    const child = state.children[id];
    return child === undefined ? [] : [viewChild(id, child)];
  });

/** Whether somebody who looks at both would see a difference; answered pings, for instance, make none. */
export const isSameView = (a: ChildView, b: ChildView | undefined): boolean =>
  b !== undefined &&
  a.state === b.state &&
  a.generation === b.generation &&
  a.pid === b.pid &&
  a.restarts === b.restarts &&
  a.lastExit === b.lastExit;
