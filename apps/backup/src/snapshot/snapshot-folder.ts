import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { BlackskyError, errorCode } from "@blacksky/errors";
import type { SnapshotDescription, SnapshotHead, SnapshotRetention } from "@blacksky/postgres";

import type { SealedContent } from "./sealed-chunks.ts";
import { describeSnapshotFile, isDamage, UNFINISHED_SUFFIX, writeSnapshotFile } from "./snapshot-file.ts";

/** What follows the id in a snapshot's file name. */
export const SNAPSHOT_SUFFIX = ".snapshot";

/** A snapshot on this disk; `undefined` for `description` when the file is damaged so far that it has none. */
export interface SnapshotFile {
  readonly path: string;
  readonly description: SnapshotDescription | undefined;
}

/** The folder of one session's snapshots below `DATA_DIR`. */
export const snapshotFolder = (dataDir: string, sessionId: string): string => join(dataDir, "backups", sessionId);

const fileError = (folder: string, cause: unknown): BlackskyError =>
  new BlackskyError("backup.snapshotFile", `A snapshot in ${folder} cannot be written or read (${errorCode(cause)}).`, {
    hint: "See that this user may write there and that the disk is not full.",
    cause,
  });

const listNames = async (folder: string): Promise<string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw fileError(folder, error);
  }
};

const describeOrDamage = async (folder: string, path: string): Promise<SnapshotDescription | undefined> => {
  try {
    return await describeSnapshotFile(path);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw fileError(folder, error);
  }
};

/**
 * The snapshots in a folder, the newest first.
 *
 * @throws BlackskyError `backup.snapshotFile` when one cannot be read: what cannot be read is not known to be absent
 */
export const listSnapshotFiles = async (folder: string): Promise<SnapshotFile[]> => {
  const files: SnapshotFile[] = [];
  for (const name of await listNames(folder)) {
    if (!name.endsWith(SNAPSHOT_SUFFIX)) continue;
    const path = join(folder, name);
    files.push({ path, description: await describeOrDamage(folder, path) });
  }
  return files.toSorted((a, b) => (b.description?.createdAt ?? 0) - (a.description?.createdAt ?? 0));
};

/** Writes a snapshot into its folder; resolves with what was written and where. */
export const addSnapshotFile = async (
  folder: string,
  head: SnapshotHead,
  content: SealedContent,
): Promise<{ readonly path: string; readonly description: SnapshotDescription }> => {
  const path = join(folder, `${head.id}${SNAPSHOT_SUFFIX}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { path, description: await writeSnapshotFile(path, head, content) };
  } catch (error) {
    // The store's own errors say more.
    throw error instanceof BlackskyError ? error : fileError(folder, error);
  }
};

/** Removes what is beyond retention, and what processes that died left unfinished. Damaged files stay: they tell. */
export const retainSnapshotFiles = async (
  folder: string,
  { keep, scheduledReason, spared }: SnapshotRetention,
): Promise<void> => {
  const files = await listSnapshotFiles(folder);
  const isScheduled = ({ description }: SnapshotFile): boolean => description?.reason === scheduledReason;
  const known = files.filter(({ description }) => description !== undefined);
  const scheduled = known.filter((file) => isScheduled(file));
  const others = known.filter((file) => !isScheduled(file));
  const beyond = [...scheduled.slice(keep), ...others.slice(keep)]
    .filter(({ description }) => description?.id !== spared)
    .map(({ path }) => path);
  const unfinished = (await listNames(folder)).filter((name) =>
    name.endsWith(`${SNAPSHOT_SUFFIX}${UNFINISHED_SUFFIX}`),
  );
  for (const path of [...beyond, ...unfinished.map((name) => join(folder, name))]) await rm(path, { force: true });
};
