import { LONG_OVER } from "@blacksky/machine";
import type { Expiry } from "@blacksky/machine";

/** What a holder knows of its lease; `until` is how far a socket may rely on it. */
export type Grip =
  /** The database said so. `contested`: somebody waits for its end. `answered`: no question has gone unanswered since. */
  | { readonly status: "held"; readonly until: Expiry; readonly contested: boolean; readonly answered: boolean }
  /** It ran out with the database out of sight and nobody waiting; a lone holder goes on, for a while at a time. */
  | { readonly status: "alone"; readonly until: Expiry }
  /** Another process has it, or may have it after `until`. */
  | { readonly status: "lost"; readonly until: Expiry };

/** What is to be done about it. */
export type Decision = "wait" | "ask" | "goOnAlone" | "giveUp";

/** @param leftMs until the last moment to decide: what follows is needed to stop in order */
export const decideOn = (grip: Grip, leftMs: number): Decision => {
  if (leftMs > 0 || grip.status === "lost") return "wait";
  if (grip.status === "alone") return "goOnAlone";
  if (grip.contested) return "giveUp";
  // Nothing has failed: this process was asleep, or opening a large session took as long as the lease lasts.
  return grip.answered ? "ask" : "goOnAlone";
};

/** A question has not been answered, or not yet. */
export const unanswered = (grip: Grip): Grip => (grip.status === "held" ? { ...grip, answered: false } : grip);

/** Somebody else was met. One who goes on without a lease has nothing to hold against him. */
export const challenged = (grip: Grip): Grip => {
  if (grip.status === "alone") return { status: "lost", until: LONG_OVER };
  return grip.status === "held" ? { ...grip, contested: true } : grip;
};
