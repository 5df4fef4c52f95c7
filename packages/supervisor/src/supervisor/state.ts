import type { ExitCode } from "@blacksky/errors";
import type { ChildContext } from "../child/context.ts";
import type { ChildState } from "../child/state.ts";
import { initialChildState } from "../child/state.ts";
import type { Intensity } from "../child-spec.ts";

/** How a supervisor ended: because it was asked to, or because restarting a child would not help. */
export type SupervisorEnd =
  | { readonly reason: "stopped" }
  | { readonly reason: "escalated"; readonly exitCode: ExitCode; readonly child: string; readonly why: string };

/** What a stop left behind: the sum of what the children reported as undone, and those that had to be killed. */
export interface StopOutcome {
  readonly unfinished: number;
  readonly killed: readonly string[];
}

/** What stays the same in the life of a supervisor; children in start order. */
export interface SupervisorContext {
  readonly children: readonly ChildContext[];
  readonly intensity: Intensity;
}

interface Family {
  readonly children: Readonly<Record<string, ChildState>>;
  /** Epoch milliseconds of the restarts within the period. */
  readonly restartedAtMs: readonly number[];
}

/**
 * `cursor` is the place in the start order of the child that is waited for; a stop whose `end` is `null` is followed by a
 * new start.
 */
export type SupervisorState =
  | (Family & { readonly status: "idle" })
  | (Family & { readonly status: "starting"; readonly cursor: number })
  | (Family & { readonly status: "running" })
  | (Family & {
      readonly status: "stopping";
      readonly reason: string;
      readonly end: SupervisorEnd | null;
      readonly outcome: StopOutcome;
    })
  | (Family & { readonly status: "ended"; readonly end: SupervisorEnd; readonly outcome: StopOutcome });

/** Nobody started yet. */
export const initialSupervisorState = ({ children }: SupervisorContext): SupervisorState => ({
  status: "idle",
  children: Object.fromEntries(children.map(({ spec }) => [spec.id, initialChildState])),
  restartedAtMs: [],
});
