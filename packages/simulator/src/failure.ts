import { BlackskyError } from "@blacksky/errors";

/** Everything the simulator refuses, with the stable code callers may switch on. */
export type FailureCode =
  | "simulator.bad-input"
  | "simulator.code-wrong"
  | "simulator.deadline"
  | "simulator.not-linked"
  | "simulator.pairing-failed"
  | "simulator.protocol"
  | "simulator.qr-unknown"
  | "simulator.state-corrupt"
  | "simulator.state-unwritable"
  | "simulator.stopped"
  | "simulator.unknown";

/** A `BlackskyError` of the simulator: what happened to what, and the remedy. */
export const failure = (code: FailureCode, message: string, hint: string, cause?: unknown): BlackskyError =>
  new BlackskyError(code, message, cause === undefined ? { hint } : { hint, cause });
