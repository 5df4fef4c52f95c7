import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { BackOff, Clock, Random } from "@blacksky/machine";
import { PROTOCOL_VERSION } from "@blacksky/protocol";
import type { ChildSpec, Heartbeat, Intensity } from "./child-spec.ts";
import { DEFAULT_BACK_OFF, DEFAULT_HEARTBEAT } from "./defaults.ts";
import type { SupervisorLog } from "./log.ts";
import type { SpawnChild } from "./spawn.ts";
import type { SupervisorContext } from "./supervisor/state.ts";
import type { ChildView } from "./view.ts";

/** What a supervisor is made of. */
export interface SupervisorOptions {
  /** In start order; the stop is the reverse. */
  readonly children: readonly ChildSpec[];
  readonly intensity: Intensity;
  readonly backOff?: BackOff;
  readonly heartbeat?: Heartbeat;
  readonly log: SupervisorLog;
  readonly spawn?: SpawnChild;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Called right after each spawn, before any message is read: register listeners and handlers in the same turn. */
  readonly onChannel: (id: string, channel: Channel, generation: number) => void;
  /** Called after each change that shows. */
  readonly onChange: (children: readonly ChildView[]) => void;
}

/**
 * The part of the options that the machine knows.
 *
 * @throws BlackskyError `supervisor.duplicateChild`
 */
export const contextOf = (options: SupervisorOptions): SupervisorContext => {
  const { children, intensity, backOff = DEFAULT_BACK_OFF, heartbeat = DEFAULT_HEARTBEAT } = options;
  const twice = children.find(({ id }, index) => children.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) {
    throw new BlackskyError("supervisor.duplicateChild", `Two children are called ${twice.id}.`, {
      hint: "Give each child spec its own id.",
    });
  }
  const shared = { intensity, backOff, heartbeat, protocolVersion: PROTOCOL_VERSION };
  return { intensity, children: children.map((spec) => ({ spec, ...shared })) };
};
