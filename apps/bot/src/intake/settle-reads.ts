import { describeError, errorCode } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import { session } from "@blacksky/protocol";

/** PostgreSQL answers within milliseconds, or nobody should wait for it: the sender's phone shows one tick meanwhile. */
const WAIT_MS = 2_000;
/** For the channel, which is to let the other side's own deadline come first. */
const GRACE_MS = 500;
/** Before it is asked again whether PostgreSQL is there. */
const PAUSE_MS = 30_000;

export interface SettleReadsOptions {
  readonly channel: Pick<Channel, "request">;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Waits until what was read is in PostgreSQL, so that it is not lost with this machine once it is acknowledged. Bounded:
 * while there is no PostgreSQL, this disk has to do. Never rejects.
 */
export const createReadSettler = ({ channel, clock, log }: SettleReadsOptions): (() => Promise<void>) => {
  let resumeAtMs = 0;
  let isAway = false;
  return async () => {
    if (clock.monotonic() < resumeAtMs) return;
    try {
      await channel.request(session.flush, { deadlineMs: WAIT_MS }, { deadlineMs: WAIT_MS + GRACE_MS });
      if (isAway) log.info("Incoming messages are in PostgreSQL again before they are acknowledged.");
      isAway = false;
    } catch (error) {
      resumeAtMs = clock.monotonic() + PAUSE_MS;
      // There is no PostgreSQL, or none yet: the backup worker has said so.
      if (errorCode(error) === "backup.notReplicating") return;
      if (!isAway) {
        const why = describeError(error);
        log.warn(`Incoming messages are acknowledged as soon as they are on this disk, for the time being: ${why}`);
      }
      isAway = true;
    }
  };
};
