import { rmSync } from "node:fs";

import { createRepeatGuard } from "@blacksky/logger";
import type { Timer } from "@blacksky/machine";
import { isRetryable } from "@blacksky/postgres";
import type { Database, ReplicaState } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { createFollowedCopy } from "./followed-copy.ts";
import { canFollow } from "./replica-copy.ts";

/** A copy of the replica that grows while another process holds the lease, in a store beside the local one. */
export interface Prefetch {
  /** The replica was just seen like this: copies it, or what has changed, unless that was done a moment ago. */
  see(database: Database, replica: ReplicaState): void;
  /**
   * The lease is ours: brings the copy up to the replica for the last time. It is the caller's from then on.
   *
   * @returns `undefined` when there is none that is whole; then the replica has to be restored as ever
   */
  take(claim: Claim): Promise<{ readonly store: Store; readonly ageMs: number } | undefined>;
  /** Stops, and leaves nothing on the disk. */
  discard(): Promise<void>;
}

/** A replica that could not be copied is not read again at once: something is wrong with it, or with our key. */
const ANEW_AFTER_MS = 60_000;
/** Each look for changes scans the session's rows; PostgreSQL has other things to do as well. */
const PAUSE_PER_UPDATE = 10;

const TROUBLE = "The session could not be prefetched.";

const nurseryOf = ({ storePath }: Context): string => `${storePath}.prefetched`;

/** Removes what a standby that was killed has left: key material that nobody needs. */
export const forgetPrefetched = (context: Context): void =>
  rmSync(nurseryOf(context), { recursive: true, force: true });

/** @param onFollowed told how far the copy and the replica are */
export const createPrefetch = (
  context: Context,
  onFollowed: (position: number, replicaPosition: number) => void,
): Prefetch => {
  const { clock, log, pace } = context;
  const trouble = createRepeatGuard({ logger: log, clock });
  const ending = new AbortController();
  const copy = createFollowedCopy(context, nurseryOf(context));
  let reading: Promise<void> | undefined;
  let rest: Timer | undefined;

  const read = async (database: Database): Promise<void> => {
    const beganMs = clock.monotonic();
    let pauseMs = pace.followMs;
    try {
      const done = await copy.read(database, ending.signal);
      if (done === "copied")
        log.info("The session is prefetched; it is followed from now on.", { position: copy.origin?.position });
      if (done === "updated") pauseMs = Math.max(pauseMs, PAUSE_PER_UPDATE * (clock.monotonic() - beganMs));
      trouble.ended(TROUBLE);
    } catch (error) {
      if (ending.signal.aborted) return;
      trouble.happened(TROUBLE, error);
      // A copy that was interrupted goes on from where it was.
      if (isRetryable(error)) return;
      pauseMs = ANEW_AFTER_MS;
      await copy.drop();
    } finally {
      rest = clock.startTimer(pauseMs, () => (rest = undefined));
    }
  };

  return {
    see(database, replica) {
      if (reading !== undefined || rest !== undefined || ending.signal.aborted) return;
      const { origin } = copy;
      if (origin?.position === replica.position && canFollow(origin, replica)) return;
      reading = read(database)
        .catch((error: unknown) => trouble.happened(TROUBLE, error))
        .finally(() => {
          reading = undefined;
          const position = copy.origin?.position;
          if (position !== undefined) onFollowed(position, Math.max(position, replica.position));
        });
    },
    async take(claim) {
      await reading;
      try {
        return await copy.take(claim, ending.signal);
      } catch (error) {
        log.warn("The prefetched session is not used.", { error });
        return undefined;
      } finally {
        await copy.drop();
      }
    },
    async discard() {
      ending.abort(new Error("The session is not prefetched any more."));
      await reading;
      rest?.cancel();
      await copy.drop();
    },
  };
};
