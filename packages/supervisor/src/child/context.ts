import type { BackOff } from "@blacksky/machine";
import type { ChildSpec, Heartbeat, Intensity } from "../child-spec.ts";
import type { ChildEffect } from "./effect.ts";
import type { ChildState } from "./state.ts";

/** What stays the same in the life of one child. */
export interface ChildContext {
  readonly spec: ChildSpec;
  readonly intensity: Intensity;
  readonly backOff: BackOff;
  readonly heartbeat: Heartbeat;
  /** The version that `control.hello` must carry. */
  readonly protocolVersion: number;
}

/** A next state and what is to be done. */
export type Step = readonly [ChildState, readonly ChildEffect[]];
