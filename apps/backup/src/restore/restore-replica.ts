import { existsSync, renameSync, rmSync } from "node:fs";

import { BlackskyError } from "@blacksky/errors";
import { createReplicaClient } from "@blacksky/postgres";
import type { ReplicaRecord } from "@blacksky/postgres";
import { archiveStore, openStore } from "@blacksky/store";
import type { Store, StoredRecord } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { createSeal, SEAL_VERSION } from "../seal/seal.ts";
import type { Seal } from "../seal/seal.ts";
import { META } from "./local-store.ts";

const BATCH_ROWS = 500;
const SESSION_PREFIX = "session/";

/**
 * The seal that opens a replica: ours, or none where it was written before there was a key.
 *
 * @throws BlackskyError `backup.wrongKey`
 */
const sealFor = ({ sessionId, seal }: Context, { replica }: Claim): Seal => {
  const { keyFingerprint } = replica;
  if (keyFingerprint === seal.fingerprint) return seal;
  if (keyFingerprint === null) return createSeal(sessionId, undefined);
  const problem = seal.fingerprint === null ? "no SESSION_ENCRYPTION_KEY is set" : "SESSION_ENCRYPTION_KEY is another";
  throw new BlackskyError("backup.wrongKey", `The replica of session ${sessionId} is encrypted, and ${problem}.`, {
    hint: "Set SESSION_ENCRYPTION_KEY to what it was when the session was saved. Nothing was changed.",
  });
};

async function* openRecords(
  batches: AsyncIterable<readonly ReplicaRecord[]>,
  seal: Seal,
): AsyncGenerator<StoredRecord> {
  for await (const batch of batches) {
    for (const { key, value } of batch) yield { key, value: seal.open(key, value) };
  }
}

const hasSession = (store: Store): boolean => {
  for (const _ of store.keys(SESSION_PREFIX)) return true;
  return false;
};

const fill = async (store: Store, context: Context, claim: Claim, seal: Seal): Promise<void> => {
  const { database, replica } = claim;
  await createReplicaClient(database).read(context.sessionId, BATCH_ROWS, async (reading) => {
    await store.restore(openRecords(reading.batches, seal), reading.position);
  });
  // Every record was read, counted and opened: if none is of a session, it was logged out, and a new one may begin.
  store.meta.set(META.origin, hasSession(store) ? "restored" : "fresh");
  store.meta.set(META.tail, replica.releasedInOrder ? "complete" : "unknown");
};

/**
 * Makes a local store from the replica. What lies there is touched only when every record was read and opened: the new
 * store grows beside it, the old one goes aside, the new one takes its place.
 *
 * @param archive why the old store goes aside, `undefined` where there is none
 * @throws BlackskyError `backup.wrongKey`, `backup.newerReplica`, `backup.recordCorrupt`, `replica.incomplete`; then
 * everything is as it was
 */
export const restoreFromReplica = async (
  context: Context,
  claim: Claim,
  archive: string | undefined,
): Promise<Store> => {
  const { storePath, log } = context;
  const { schemaVersion } = claim.replica;
  if (schemaVersion > SEAL_VERSION) {
    throw new BlackskyError("backup.newerReplica", `The replica was written by a newer build (${schemaVersion}).`, {
      hint: "Deploy that build again. Nothing was changed.",
    });
  }
  const seal = sealFor(context, claim);
  const nursery = `${storePath}.restoring`;
  rmSync(nursery, { recursive: true, force: true });
  const fresh = openStore({ path: nursery });
  try {
    await fill(fresh, context, claim, seal);
  } catch (error) {
    await fresh.close();
    rmSync(nursery, { recursive: true, force: true });
    throw error;
  }
  await fresh.close();
  if (existsSync(storePath)) {
    const path = await archiveStore(storePath, archive ?? "empty");
    log.warn("The local store is not used any more and was put aside.", { reason: archive ?? "empty", path });
  }
  renameSync(nursery, storePath);
  return openStore({ path: storePath });
};
