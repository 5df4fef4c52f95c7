import { errorCode } from "@blacksky/errors";
import { createReplicaClient, migrate } from "@blacksky/postgres";
import type { ChangeSet } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { SEAL_VERSION } from "../seal/seal.ts";
import { collectChanges } from "./collect-changes.ts";

/** Writes what a replica lacks, one change set at a time. */
export interface ChangeWriter {
  /** Everything up to here is in the replica. */
  readonly position: number;
  /** True when the replica lacks something. */
  isBehind(): boolean;
  /** Writes all of it. Repeating it after a failure is safe. */
  write(): Promise<void>;
}

/** So many changes may stay in the feed although they are replicated. */
const TRIM_EVERY = 2_000;

/** @param copy whether the replica can catch up from the feed or needs every record once */
export const createChangeWriter = (
  { source, seal }: Context,
  store: Store,
  { database, lease, replica }: Claim,
  copy: "feed" | "complete",
): ChangeWriter => {
  const client = createReplicaClient(database);
  const sealing = { schemaVersion: SEAL_VERSION, keyFingerprint: seal.fingerprint };
  const apply = async (changes: ChangeSet): Promise<void> => {
    try {
      await client.applyChangeSet(changes);
    } catch (error) {
      // Somebody has emptied the database. The lease went with the tables: the next attempt finds that out, and everything
      // begins anew with the store that is here.
      if (errorCode(error) === "database.noTables") await migrate(database);
      throw error;
    }
  };
  // Of nothing at all there is nothing to copy.
  let complete = copy === "complete";
  let { position } = replica;
  return {
    get position() {
      return position;
    },
    isBehind: () => store.position > position || (complete && store.position > 0),
    async write() {
      // An embedded server that died is started again here.
      await source?.open();
      const changes = collectChanges(store, seal, position, complete);
      await apply({ lease, ...sealing, ...changes });
      complete = false;
      ({ position } = changes);
      // A trim takes the lock that the bot's commits need: while more is coming, one now and then is enough.
      const isPause = store.position <= position;
      if (isPause || position - store.trimmedPosition >= TRIM_EVERY) await store.trimFeed(position);
    },
  };
};
