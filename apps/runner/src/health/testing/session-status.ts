import type { SessionStatus } from "@blacksky/protocol";

/** What the backup worker tells of a session that is replicated; the lease is held while it is active. */
export const sessionStatus = (phase: SessionStatus["phase"], more: Partial<SessionStatus> = {}): SessionStatus => ({
  phase,
  databaseConnected: true,
  position: 1,
  replicatedPosition: 1,
  lagMs: 0,
  lastSnapshotAt: null,
  socketUntil: null,
  lease: { held: phase === "active", epoch: 1 },
  restoredFrom: null,
  restoredAgeMs: null,
  previousKey: null,
  ...more,
});
