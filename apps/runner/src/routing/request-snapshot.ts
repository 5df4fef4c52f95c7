import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { session } from "@blacksky/protocol";

// Longer than a large session takes on a slow database.
const DEADLINE_MS = 60_000;

/**
 * Has the backup worker take a snapshot; resolves with its id.
 *
 * @param backup its channel, `undefined` while it does not run
 * @throws BlackskyError `ipc.noReceiver`, or the worker's refusal
 */
export const requestSnapshot = async (backup: Channel | undefined, reason: string): Promise<string> => {
  if (backup === undefined) {
    throw new BlackskyError("ipc.noReceiver", "No snapshot was taken: the backup worker is not running.");
  }
  const { id } = await backup.request(session.snapshot, { reason }, { deadlineMs: DEADLINE_MS });
  return id;
};
