import type { Logger } from "@blacksky/logger";
import type { BackOff, Clock, Random } from "@blacksky/machine";

import type { DatabaseSource } from "./database-source.ts";
import type { Seal } from "./seal/seal.ts";

/** Times that decide how fast things are noticed. */
export interface Pace {
  /** How long the lease lasts without renewal: what a successor waits for after a crash of the whole machine. */
  readonly leaseTtlMs: number;
  /** How often a standby looks whether the lease is free. */
  readonly standbyPollMs: number;
  /** How often, at most, it reads what the holder has replicated since. */
  readonly followMs: number;
  /** How long an unreachable database is waited for when there is no other copy of the session. */
  readonly unreachableMs: number;
  /** The same when the local store can do without. */
  readonly degradedAfterMs: number;
  /** How often the store is looked at for changes that nobody told us of. */
  readonly pollMs: number;
  readonly gatherMs: number;
  /** How long after the start what another key has sealed is sealed anew. */
  readonly rekeyAfterMs: number;
  /** How often it is looked for notifications that others have left. */
  readonly intakePollMs: number;
  readonly backOff: BackOff;
}

/** Production's. Dynos overlap by some 30 s, so the lease must outlast a slow shutdown but not keep a successor long. */
export const PACE: Pace = {
  leaseTtlMs: 30_000,
  standbyPollMs: 200,
  followMs: 2_000,
  unreachableMs: 60_000,
  degradedAfterMs: 10_000,
  pollMs: 250,
  gatherMs: 100,
  rekeyAfterMs: 10_000,
  intakePollMs: 2_000,
  backOff: { initialMs: 250, maxMs: 5_000, factor: 2, jitter: 0.5 },
};

/** How snapshots are taken and kept. */
export interface SnapshotSettings {
  /** Whether they are taken by the clock; on demand they always are. */
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** How many are kept in each place; see `SnapshotRetention`. */
  readonly retention: number;
  readonly folder: string;
  readonly seal: Seal;
}

/** What every part of this app needs to know. */
export interface Context {
  readonly sessionId: string;
  readonly storePath: string;
  /** Names this DATA_DIR on this machine in the lease. */
  readonly holder: string;
  readonly seal: Seal;
  /** `undefined`: the session is local only. */
  readonly source: DatabaseSource | undefined;
  readonly snapshots: SnapshotSettings;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
