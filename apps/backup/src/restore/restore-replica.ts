import { BlackskyError } from "@blacksky/errors";
import { createReplicaClient } from "@blacksky/postgres";
import type { ReplicaRecord } from "@blacksky/postgres";
import type { Store, StoredRecord } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { SEAL_VERSION } from "../seal/seal.ts";
import type { Seal } from "../seal/seal.ts";
import { chooseSeal } from "./choose-seal.ts";
import { META } from "./local-store.ts";
import { hasSession, replaceStore } from "./replace-store.ts";
import type { Retirement } from "./replace-store.ts";

const BATCH_ROWS = 500;

async function* openRecords(
  batches: AsyncIterable<readonly ReplicaRecord[]>,
  seal: Seal,
): AsyncGenerator<readonly StoredRecord[]> {
  for await (const batch of batches) yield batch.map(({ key, value }) => ({ key, value: seal.open(key, value) }));
}

/**
 * Makes a local store from the replica; see `replaceStore`.
 *
 * @returns the store, and how old the newest row is
 * @throws BlackskyError `backup.wrongKey`, `backup.newerReplica`, `backup.recordCorrupt`, `replica.incomplete`; then
 * everything is as it was
 */
export const restoreFromReplica = async (
  context: Context,
  claim: Claim,
  retirement: Retirement,
): Promise<{ readonly store: Store; readonly ageMs: number }> => {
  const { database, replica } = claim;
  if (replica.schemaVersion > SEAL_VERSION) {
    throw new BlackskyError(
      "backup.newerReplica",
      `The replica was written by a newer build (${replica.schemaVersion}).`,
      { hint: "Deploy that build again. Nothing was changed." },
    );
  }
  const seal = chooseSeal(context.sessionId, context.seal, replica.keyFingerprint, "The replica");
  let ageMs = 0;
  const store = await replaceStore(context, retirement, async (fresh) => {
    await createReplicaClient(database).read(context.sessionId, BATCH_ROWS, async (reading) => {
      ({ ageMs } = reading);
      await fresh.restore(openRecords(reading.batches, seal), reading.position);
    });
    // Every record was read, counted and opened: if none is of a session, it was logged out, and a new one may begin.
    fresh.meta.set(META.origin, hasSession(fresh) ? "restored" : "fresh");
    fresh.meta.set(META.tail, replica.releasedInOrder ? "complete" : "unknown");
  });
  return { store, ageMs };
};
