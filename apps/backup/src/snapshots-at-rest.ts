import { basename } from "node:path";

import { createSnapshotClient } from "@blacksky/postgres";
import type { Database, SnapshotDescription } from "@blacksky/postgres";

import { isKnownKey } from "./restore/choose-seal.ts";
import { createSealOf } from "./seal/seal.ts";
import type { SealKeys } from "./seal/seal.ts";
import { SNAPSHOT_VERSION } from "./snapshot/snapshot-content.ts";
import { listSnapshotFiles, SNAPSHOT_SUFFIX, snapshotFolder } from "./snapshot/snapshot-folder.ts";

/** One snapshot in one place. */
export interface SnapshotAtRest {
  readonly id: string;
  readonly place: "database" | "disk";
  /** Absent for a file that is too damaged to say. */
  readonly description: SnapshotDescription | undefined;
  /** Whether it could be opened here. Of what is `readable` the content was not looked at. */
  readonly state: "readable" | "other key" | "other session" | "newer build" | "damaged";
}

export interface LookOptions {
  readonly dataDir: string;
  readonly sessionId: string;
  readonly keys: SealKeys;
  /** Where there is one to be asked. */
  readonly database: Database | undefined;
}

/**
 * The snapshots of a session, the newest first, for whoever looks from outside: nothing is written, no lease is needed, and
 * a bot may be running.
 *
 * @throws BlackskyError `backup.snapshotFile`, and what the database throws
 */
export const lookAtSnapshots = async (options: LookOptions): Promise<SnapshotAtRest[]> => {
  const { dataDir, sessionId, database } = options;
  const seal = createSealOf(sessionId, options.keys, "snapshot chunk");

  const judge = (description: SnapshotDescription | undefined): SnapshotAtRest["state"] => {
    if (description === undefined) return "damaged";
    if (description.sessionId !== sessionId) return "other session";
    if (description.schemaVersion > SNAPSHOT_VERSION) return "newer build";
    return isKnownKey(seal, description.keyFingerprint) ? "readable" : "other key";
  };

  const rows = database === undefined ? [] : await createSnapshotClient(database).list(sessionId);
  const files = await listSnapshotFiles(snapshotFolder(dataDir, sessionId));
  const found: SnapshotAtRest[] = [
    ...rows.map((row) => ({ id: row.id, place: "database", description: row, state: judge(row) }) as const),
    ...files.map(({ path, description }) => {
      const id = description?.id ?? basename(path, SNAPSHOT_SUFFIX);
      return { id, place: "disk", description, state: judge(description) } as const;
    }),
  ];
  return found.toSorted((a, b) => (b.description?.createdAt ?? 0) - (a.description?.createdAt ?? 0));
};
