import { createAsideClient, createSnapshotClient } from "@blacksky/postgres";
import type { SnapshotDescription } from "@blacksky/postgres";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { chooseSeal, isKnownKey } from "../restore/choose-seal.ts";
import { isDamage } from "../snapshot/snapshot-file.ts";
import { listSnapshotFiles } from "../snapshot/snapshot-folder.ts";
import type { Snapshots } from "../snapshot/snapshots.ts";
import { resealAside } from "./reseal-aside.ts";
import { resealFile, resealRows } from "./reseal-snapshot.ts";
import type { Reseal } from "./reseal-snapshot.ts";

/** How much was sealed anew, and what could not be. */
export interface SealedAnew {
  /** In PostgreSQL. */
  readonly snapshots: number;
  /** On this disk. */
  readonly files: number;
  readonly rowsSetAside: number;
  /** Names what is damaged, or sealed with a key that nobody has named. It was left as it is. */
  readonly unreadable: readonly string[];
}

/**
 * Goes once through everything that was sealed with the key before, or not at all, and seals it with the present key:
 * rows set aside, snapshots in PostgreSQL, snapshots on this disk. One thing at a time, each of which can be read at every
 * moment, so that it may end anywhere and be begun again. The replica itself is not looked at: replication copies it.
 *
 * @param claim the lease, where there is a database
 * @throws BlackskyError `replica.fenced`, `backup.notReadBack`, and what a database or a disk throws
 */
export const sealAnew = async (
  { sessionId, seal, snapshots: { seal: snapshotSeal, folder } }: Context,
  claim: Claim | undefined,
  snapshots: Pick<Snapshots, "inTurn">,
): Promise<SealedAnew> => {
  const unreadable: string[] = [];
  const counts = { snapshots: 0, files: 0, rowsSetAside: 0 };

  /** Whether it was sealed anew. */
  const reseal = async (
    what: string,
    description: SnapshotDescription | undefined,
    work: (how: Reseal) => Promise<unknown>,
  ): Promise<boolean> => {
    if (description?.keyFingerprint === snapshotSeal.fingerprint) return false;
    if (description?.sessionId !== sessionId || !isKnownKey(snapshotSeal, description.keyFingerprint)) {
      unreadable.push(what);
      return false;
    }
    const from = chooseSeal(sessionId, snapshotSeal, description.keyFingerprint, what);
    try {
      return (await work({ description, from, to: snapshotSeal })) !== false;
    } catch (error) {
      if (!isDamage(error)) throw error;
      unreadable.push(what);
      return false;
    }
  };

  if (claim !== undefined) {
    for (const name of await createAsideClient(claim.database).list(sessionId)) {
      const rows = await snapshots.inTurn((signal) => resealAside(claim, name, seal, signal));
      counts.rowsSetAside += rows.sealed;
      if (rows.unreadable > 0) unreadable.push(`${rows.unreadable} rows of ${sessionId} ${name}`);
    }
    for (const description of await createSnapshotClient(claim.database).list(sessionId)) {
      const isSealed = await snapshots.inTurn((signal) =>
        reseal(`snapshot ${description.id}`, description, (how) => resealRows(claim, how, signal)),
      );
      if (isSealed) counts.snapshots += 1;
    }
  }
  for (const { path, description } of await listSnapshotFiles(folder)) {
    const isSealed = await snapshots.inTurn(() => reseal(path, description, (how) => resealFile(path, how)));
    if (isSealed) counts.files += 1;
  }
  return { ...counts, unreadable };
};
