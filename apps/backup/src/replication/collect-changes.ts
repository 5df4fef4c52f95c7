import type { ReplicaRecord } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Seal } from "../seal/seal.ts";

/** What one change set carries, already sealed. */
export interface CollectedChanges {
  /** Everything up to here is in it. */
  readonly position: number;
  readonly complete: boolean;
  readonly upserts: readonly ReplicaRecord[];
  readonly deletes: readonly string[];
}

// The feed is read in one piece: only then does the replica equal the store as it was at some moment.
const ALL = 2 ** 30;

/** Reads what changed after `position`, or with `complete` every record there is, and seals it. */
export const collectChanges = (store: Store, seal: Seal, position: number, complete: boolean): CollectedChanges => {
  // Read first: what is written meanwhile may be in the set, but only what was there before is promised.
  const newest = store.position;
  const sealed = (key: string, value: Uint8Array): ReplicaRecord => ({ key, value: seal.seal(key, value) });
  if (complete) {
    const upserts = Array.from(store.entries(""), ({ key, value }) => sealed(key, value));
    return { position: newest, complete, upserts, deletes: [] };
  }
  const upserts: ReplicaRecord[] = [];
  const deletes: string[] = [];
  let last = newest;
  for (const { key, value, position: at } of store.changesSince(position, ALL)) {
    if (value === undefined) deletes.push(key);
    else upserts.push(sealed(key, value));
    last = Math.max(last, at);
  }
  return { position: last, complete, upserts, deletes };
};
