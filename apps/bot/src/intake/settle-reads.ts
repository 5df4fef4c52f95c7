import { describeError, errorCode } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import { createPatience, type Clock } from "@blacksky/machine";
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
  const patience = createPatience(clock, PAUSE_MS);
  const flush = (): Promise<unknown> =>
    channel.request(session.flush, { deadlineMs: WAIT_MS }, { deadlineMs: WAIT_MS + GRACE_MS });
  let isAway = false;

  const tell = (error: unknown): void => {
    // There is no PostgreSQL, or none yet: the backup worker has said so.
    if (isAway || errorCode(error) === "backup.notReplicating") return;
    isAway = true;
    const why = describeError(error);
    log.warn(`Incoming messages are acknowledged as soon as they are on this disk, for the time being: ${why}`);
  };

  return async () => {
    const outcome = await patience.wait(flush);
    if (outcome.status === "failed") tell(outcome.error);
    if (outcome.status !== "done" || !isAway) return;
    isAway = false;
    log.info("Incoming messages are in PostgreSQL again before they are acknowledged.");
  };
};
