import { createAsideClient } from "@blacksky/postgres";
import type { ReplicaRecord } from "@blacksky/postgres";

import type { Claim } from "../lease/claim-lease.ts";
import { createSeal } from "../seal/seal.ts";
import type { Seal } from "../seal/seal.ts";

const BATCH_ROWS = 200;

const opens = (seal: Seal, { key, value }: ReplicaRecord): Uint8Array | undefined => {
  try {
    return seal.open(key, value);
  } catch {
    return undefined;
  }
};

/** What became of the rows of one name. */
export interface ResealedRows {
  readonly sealed: number;
  /** No key there is opens so many: they were set aside because they are damaged. */
  readonly unreadable: number;
}

/**
 * Seals rows anew that were set aside. Nothing says what key sealed each, so every one is tried.
 *
 * @throws BlackskyError `replica.fenced` when the lease is another's
 */
export const resealAside = async (
  { database, lease }: Claim,
  name: string,
  seal: Seal,
  signal: AbortSignal,
): Promise<ResealedRows> => {
  const client = createAsideClient(database);
  const older = [seal.previous, createSeal(lease.sessionId, undefined)].filter((one) => one !== undefined);
  let sealed = 0;
  let unreadable = 0;
  for await (const batch of client.read(lease.sessionId, name, BATCH_ROWS)) {
    signal.throwIfAborted();
    const anew: ReplicaRecord[] = [];
    for (const record of batch) {
      if (opens(seal, record) !== undefined) continue;
      const value = older.map((one) => opens(one, record)).find((opened) => opened !== undefined);
      if (value === undefined) unreadable += 1;
      else anew.push({ key: record.key, value: seal.seal(record.key, value) });
    }
    if (anew.length > 0) await client.rewrite(lease, name, anew);
    sealed += anew.length;
  }
  return { sealed, unreadable };
};
