import { LONG_OVER } from "@blacksky/machine";
import type { Clock, Expiry } from "@blacksky/machine";

/** The rungs of the restore ladder, the best first; `fresh` when there was no session anywhere. */
export type RestoredFrom = "local" | "replica" | "snapshot" | "backup-file" | "fresh";

/** How safe the session is: the body of `session.statusChanged`. */
export interface SessionStatus {
  /** `active`: the bot may open the session. */
  readonly phase: "standby" | "restoring" | "active";
  readonly databaseConnected: boolean;
  readonly position: number;
  readonly replicatedPosition: number;
  readonly lagMs: number;
  readonly lastSnapshotAt: number | null;
  readonly socketUntil: Expiry | null;
  readonly lease: { readonly held: boolean; readonly epoch: number };
  /** The rung of the restore ladder that the session came from at this start. */
  readonly restoredFrom: RestoredFrom | null;
  /** Whether SESSION_ENCRYPTION_KEY_PREVIOUS is still needed; `null` where none is set. */
  readonly previousKey: "needed" | "removable" | null;
  /** How old that copy was, as far as it says so; 0 for the store that was here. */
  readonly restoredAgeMs: number | null;
}

/** Keeps the status and tells changes of it. */
export interface StatusBoard {
  readonly status: SessionStatus;
  update(changes: Partial<Omit<SessionStatus, "lagMs">>): void;
  /** Tells the lag as it is by now, while there is one. */
  refreshLag(): void;
}

const INITIAL: SessionStatus = {
  phase: "standby",
  databaseConnected: false,
  position: 0,
  replicatedPosition: 0,
  lagMs: 0,
  lastSnapshotAt: null,
  socketUntil: LONG_OVER,
  lease: { held: false, epoch: 0 },
  restoredFrom: null,
  restoredAgeMs: null,
  previousKey: null,
};

/**
 * A board that tells each change once. The lag is the age of the oldest change that is not replicated, as far as this
 * process has noticed it.
 */
export const createStatusBoard = (clock: Clock, tell: (status: SessionStatus) => void): StatusBoard => {
  let status = INITIAL;
  let behindSinceMs: number | undefined;

  const set = (next: SessionStatus): void => {
    if (JSON.stringify(next) === JSON.stringify(status)) return;
    status = next;
    tell(next);
  };
  const lagMs = (): number => (behindSinceMs === undefined ? 0 : clock.monotonic() - behindSinceMs);

  return {
    get status() {
      return status;
    },
    update(changes) {
      const next = { ...status, ...changes };
      // What is written while older changes are under way is as old as the last time all was told to be safe.
      if (next.position <= next.replicatedPosition) behindSinceMs = undefined;
      else if (next.replicatedPosition > status.replicatedPosition) behindSinceMs = clock.monotonic();
      else behindSinceMs ??= clock.monotonic();
      set({ ...next, lagMs: lagMs() });
    },
    refreshLag: () => set({ ...status, lagMs: lagMs() }),
  };
};
