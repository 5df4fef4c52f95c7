import type { BackOff } from "@blacksky/machine";
import type { Heartbeat, Intensity } from "./child-spec.ts";

/** A long period rather than a big number: it tells a burst, which passes, from a fault that a restart does not mend. */
export const DEFAULT_INTENSITY: Intensity = { restarts: 5, periodMs: 300_000 };

/** Waits between the restarts of one child that does not stay up. */
export const DEFAULT_BACK_OFF: BackOff = { initialMs: 500, maxMs: 30_000, factor: 2, jitter: 0.5 };

/** Three pings may go unanswered: a long garbage collection on a small dyno is not a hang. */
export const DEFAULT_HEARTBEAT: Heartbeat = { intervalMs: 5000, deadlineMs: 15_000 };

/** A child that ran this long was well: its next restart is immediate and its back-off begins anew. */
export const STABLE_AFTER_MS = 10_000;

/** From spawn to the first message. Node and a bundle load in under a second; a busy machine may need many. */
export const HELLO_DEADLINE_MS = 60_000;

/** A killed process that is not gone after this hangs in the kernel (a dead disk): the stop goes on without it. */
export const ABANDON_MS = 3000;

/** The share of `shutdownMs` a child is told of; the rest is for its goodbye to arrive before SIGKILL does. */
export const SHUTDOWN_SHARE = 0.9;
