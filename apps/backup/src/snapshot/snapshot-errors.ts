import { BlackskyError } from "@blacksky/errors";

/** These bytes are not, or not all of, what was written. The restore ladder goes on with the next snapshot. */
export const snapshotCorrupt = (why: string, cause?: unknown): BlackskyError =>
  new BlackskyError("backup.snapshotCorrupt", `A snapshot is damaged: ${why}.`, {
    hint: "Nothing was changed. Restore an older snapshot.",
    cause,
  });
