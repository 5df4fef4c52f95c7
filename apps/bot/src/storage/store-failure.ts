import { errorCode, EXIT, type ExitCode } from "@blacksky/errors";

/** The disk may have room again in a moment: starting this worker anew is enough. */
const PASSING = new Set(["store.full", "store.notWritable", "store.locked", "ENOSPC", "EDQUOT", "EFBIG"]);

/**
 * How the bot ends when its store fails. For want of space or permission it counts as a crash, which is retried with
 * back-off. Damage is not mended by another start of the bot alone: everything starts again, and the backup worker
 * restores the session first.
 */
export const exitCodeOfStoreFailure = (error: unknown): ExitCode => {
  const code = errorCode(error);
  // A session that lives on another host now is not to be started here by any number of attempts.
  if (code === "session.moved") return EXIT.config;
  return PASSING.has(code) ? EXIT.escalated : EXIT.unavailable;
};
