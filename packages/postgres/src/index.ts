export type { ReplicaRecord } from "./change-set.ts";
export { describeDatabaseError, isRetryable } from "./database-error.ts";
export { openDatabase } from "./database.ts";
export type { Database, DatabaseOptions, Queryable, TransactionOptions } from "./database.ts";
export { embeddedPostgresInstalled } from "./embedded/binaries.ts";
export { findRunningPostgres } from "./embedded/find-running.ts";
export { startEmbeddedPostgres } from "./embedded/start.ts";
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from "./embedded/start.ts";
export { createIntakeClient } from "./intake-client.ts";
export type { IntakeClient, LeftRow } from "./intake-client.ts";
export { acquireLease, fencedError, lookAtLease, releaseLease, renewLease } from "./lease.ts";
export type { Lease, LeaseLook, LeaseOutcome, ReplicaState } from "./lease.ts";
export { migrate } from "./migrate.ts";
export { createAsideClient } from "./aside-client.ts";
export type { AsideClient } from "./aside-client.ts";
export { createReplicaClient } from "./replica-client.ts";
export type { ChangeSet, ReplicaClient } from "./replica-client.ts";
export type { ReplicaIncrement } from "./replica-follower.ts";
export { incompleteReplica } from "./replica-reader.ts";
export type { ReplicaReading, ReplicaTotals } from "./replica-reader.ts";
export { createSnapshotClient } from "./snapshot-client.ts";
export type {
  ContentExchange,
  NewContent,
  SnapshotClient,
  SnapshotDescription,
  SnapshotHead,
  SnapshotRetention,
  SnapshotTail,
} from "./snapshot-client.ts";
