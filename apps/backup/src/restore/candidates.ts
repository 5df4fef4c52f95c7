import { basename } from "node:path";

import { BlackskyError } from "@blacksky/errors";
import { createSnapshotClient } from "@blacksky/postgres";
import type { Database, SnapshotDescription } from "@blacksky/postgres";
import type { StoredRecord } from "@blacksky/store";

import type { Context } from "../context.ts";
import { openContent, SNAPSHOT_VERSION } from "../snapshot/snapshot-content.ts";
import { readFileChunks } from "../snapshot/snapshot-file.ts";
import { listSnapshotFiles, SNAPSHOT_SUFFIX } from "../snapshot/snapshot-folder.ts";
import { chooseSeal } from "./choose-seal.ts";

/** A snapshot that could be restored, in one of the places where it is. */
export interface Candidate {
  readonly rung: "snapshot" | "backup-file";
  readonly description: SnapshotDescription;
  readonly readChunks: () => AsyncIterable<Uint8Array>;
}

/** A file among the snapshots that is none, or another session's; `id` is what its name says. */
export interface UselessFile {
  readonly id: string;
  readonly path: string;
  readonly why: "damaged" | "otherSession";
}

/** The snapshots in PostgreSQL: by epoch, then by position, the newest first. Throws what the database throws. */
export const findInDatabase = async ({ sessionId }: Context, database: Database): Promise<Candidate[]> => {
  const client = createSnapshotClient(database);
  const described = await client.list(sessionId);
  return described.map((description) => ({
    rung: "snapshot",
    description,
    readChunks: () => client.readChunks(description.id),
  }));
};

/**
 * The snapshots on this disk, the newest first.
 *
 * @throws BlackskyError `backup.snapshotFile` when one cannot be read: what cannot be read is not known to be absent
 */
export const findOnDisk = async ({
  sessionId,
  snapshots,
}: Context): Promise<{ readonly candidates: Candidate[]; readonly useless: UselessFile[] }> => {
  const candidates: Candidate[] = [];
  const useless: UselessFile[] = [];
  for (const { path, description } of await listSnapshotFiles(snapshots.folder)) {
    if (description?.sessionId === sessionId) {
      candidates.push({ rung: "backup-file", description, readChunks: () => readFileChunks(path) });
    } else {
      const why = description === undefined ? "damaged" : "otherSession";
      useless.push({ id: basename(path, SNAPSHOT_SUFFIX), path, why });
    }
  }
  return { candidates, useless };
};

/**
 * The records of a candidate. That something is missing shows at the end: use nothing before.
 *
 * @throws BlackskyError `backup.newerSnapshot`, `backup.wrongKey`; while it is read `backup.snapshotCorrupt`, and what
 * keeps it from being read
 */
export const openCandidate = (context: Context, candidate: Candidate): AsyncIterable<StoredRecord> => {
  const { description, readChunks } = candidate;
  const { id, schemaVersion, keyFingerprint } = description;
  if (schemaVersion > SNAPSHOT_VERSION) {
    throw new BlackskyError("backup.newerSnapshot", `Snapshot ${id} was written by a newer build (${schemaVersion}).`, {
      hint: "Deploy that build again. Nothing was changed.",
    });
  }
  const seal = chooseSeal(context.sessionId, context.snapshots.seal, keyFingerprint, `Snapshot ${id}`);
  return openContent(description, readChunks(), seal);
};
