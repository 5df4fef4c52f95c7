import { errorCode } from "@blacksky/errors";
import type { Clock } from "@blacksky/machine";
import { renewLease } from "@blacksky/postgres";
import type { Database, Lease } from "@blacksky/postgres";

export interface LeaseRenewalOptions {
  readonly database: Database;
  readonly lease: Lease;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Another process has the lease. Nothing is renewed after this. */
  readonly onFenced: () => void;
  readonly onRenewed: () => void;
  /** The database did not answer; it is asked again in time. */
  readonly onFailure: (error: unknown) => void;
}

/** Renews a lease three times within its life until it is stopped or lost. */
export const startLeaseRenewal = (options: LeaseRenewalOptions): { stop(): void } => {
  const { database, lease, ttlMs, clock } = options;
  let stopped = false;
  const wait = (): { cancel(): void } => clock.startTimer(ttlMs / 3, () => void renew());
  let timer = wait();

  const renew = async (): Promise<void> => {
    try {
      await renewLease(database, lease, ttlMs);
      if (!stopped) options.onRenewed();
    } catch (error) {
      if (stopped) return;
      if (errorCode(error) === "replica.fenced") {
        options.onFenced();
        return;
      }
      options.onFailure(error);
    }
    if (!stopped) timer = wait();
  };

  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
};
