import { BlackskyError } from "@blacksky/errors";
import { createReplicaClient } from "@blacksky/postgres";
import type { ReplicaRecord, ReplicaState } from "@blacksky/postgres";
import type { Store, StoredRecord } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { SEAL_VERSION } from "../seal/seal.ts";
import type { Seal } from "../seal/seal.ts";
import type { Prefetch } from "../standby/prefetch.ts";
import { chooseSeal } from "./choose-seal.ts";
import { META } from "./local-store.ts";
import { hasSession, replaceStore, takePlace } from "./replace-store.ts";
import type { Retirement } from "./replace-store.ts";

/** Records that are read at once. */
export const BATCH_ROWS = 500;

/** Opens records as they come. Throws `backup.recordCorrupt`. */
export async function* openRecords(
  batches: AsyncIterable<readonly ReplicaRecord[]>,
  seal: Seal,
): AsyncGenerator<readonly StoredRecord[]> {
  for await (const batch of batches) yield batch.map(({ key, value }) => ({ key, value: seal.open(key, value) }));
}

/**
 * The seal that opens a replica.
 *
 * @throws BlackskyError `backup.wrongKey`, `backup.newerReplica`
 */
export const sealOfReplica = (
  context: Context,
  replica: Pick<ReplicaState, "schemaVersion" | "keyFingerprint">,
): Seal => {
  if (replica.schemaVersion > SEAL_VERSION) {
    throw new BlackskyError(
      "backup.newerReplica",
      `The replica was written by a newer build (${replica.schemaVersion}).`,
      { hint: "Deploy that build again. Nothing was changed." },
    );
  }
  return chooseSeal(context.sessionId, context.seal, replica.keyFingerprint, "The replica");
};

/** Notes in a store that equals the replica where it comes from. */
const noteOrigin = (store: Store, { releasedInOrder }: ReplicaState): void => {
  // Every record was read, counted and opened: if none is of a session, it was logged out, and a new one may begin.
  store.meta.set(META.origin, hasSession(store) ? "restored" : "fresh");
  store.meta.set(META.tail, releasedInOrder ? "complete" : "unknown");
};

/**
 * Makes a local store from the replica; see `replaceStore`. A copy that was prefetched serves where it is whole.
 *
 * @returns the store, and how old the newest row is
 * @throws BlackskyError `backup.wrongKey`, `backup.newerReplica`, `backup.recordCorrupt`, `replica.incomplete`; then
 * everything is as it was
 */
export const restoreFromReplica = async (
  context: Context,
  claim: Claim,
  retirement: Retirement,
  prefetch: Prefetch | undefined,
): Promise<{ readonly store: Store; readonly ageMs: number }> => {
  const { database, replica } = claim;
  const copy = await prefetch?.take(claim);
  if (copy !== undefined) {
    noteOrigin(copy.store, replica);
    return { store: await takePlace(context, retirement, copy.store), ageMs: copy.ageMs };
  }
  const seal = sealOfReplica(context, replica);
  let ageMs = 0;
  const store = await replaceStore(context, retirement, async (fresh) => {
    await createReplicaClient(database).read(context.sessionId, BATCH_ROWS, async (reading) => {
      ({ ageMs } = reading);
      await fresh.restore(openRecords(reading.batches, seal), reading.position);
    });
    noteOrigin(fresh, replica);
  });
  return { store, ageMs };
};
