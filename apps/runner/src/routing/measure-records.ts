import type { Channel } from "@blacksky/ipc";
import { records } from "@blacksky/protocol";
import type { RecordSizes } from "@blacksky/protocol";

// A monitor waits some seconds for all of its answer.
const DEADLINE = { deadlineMs: 2_000 };

/**
 * The sizes of the session's records; none while they are not known. A monitor must see the rest all the same.
 *
 * @param backup the channel of the backup worker, `undefined` while it does not run
 */
export const measureRecords = async (backup: Channel | undefined): Promise<readonly RecordSizes[]> => {
  try {
    return (await backup?.request(records.measure, {}, DEADLINE))?.kinds ?? [];
  } catch {
    return [];
  }
};
