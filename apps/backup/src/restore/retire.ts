import { createReplicaClient } from "@blacksky/postgres";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { BEFORE_RESTORE, takeSnapshot } from "../snapshot/take-snapshot.ts";
import type { LocalStore } from "./ladder.ts";
import type { FoundStore } from "./local-store.ts";
import type { Retirement } from "./replace-store.ts";

/** Keeps a snapshot of what a restore is about to replace, and closes it; the folder itself is only renamed. */
export const retire = (
  context: Context,
  { store, local }: FoundStore,
  claim: Claim | undefined,
  reason: string | undefined,
): Retirement => ({
  reason,
  async leave() {
    if (store !== undefined && local.status === "intact") {
      await takeSnapshot(context, store, claim, BEFORE_RESTORE).catch((error: unknown) => {
        context.log.warn("No snapshot of the replaced store could be taken; its folder is kept.", { error });
      });
    }
    await store?.close();
  },
});

/** Whether its owner brought it from elsewhere and it was never replicated since. */
export const isImported = (local: LocalStore): boolean => local.status === "intact" && local.importedAt !== undefined;

/** Another session than the replica's is about to take its place. */
export const keepReplaced = async ({ sessionId, log }: Context, { lease, database, replica }: Claim): Promise<void> => {
  if (replica.recordCount === 0) return;
  const name = `replaced at ${replica.position}`;
  await createReplicaClient(database).setRecordsAside(lease, name);
  log.warn("The replica gives way to another session; its rows were put aside.", {
    session_id: `${sessionId} ${name}`,
  });
};
