import { BlackskyError, EXIT } from "@blacksky/errors";
import type { ExitCode } from "@blacksky/errors";

/** What only a person can mend: the same start would fail the same way. */
const CONFIGURATION_CODES = new Set([
  "backup.dataDir",
  "backup.importedOlder",
  "backup.newerReplica",
  "backup.newerSnapshot",
  "backup.noCopy",
  "backup.wrongKey",
  "database.newer",
  "database.url",
  "store.notWritable",
  "store.schema",
]);

/** How the worker ends when the session could not be opened. */
export const exitCodeOf = (code: string): ExitCode => (CONFIGURATION_CODES.has(code) ? EXIT.config : EXIT.unavailable);

/** Asked too early or too late. */
export const notReadyError = (): BlackskyError =>
  new BlackskyError("backup.notReady", "The session is not open yet, or not any more.");
