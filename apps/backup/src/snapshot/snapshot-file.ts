import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

import { errorCode } from "@blacksky/errors";
import type { SnapshotDescription, SnapshotHead } from "@blacksky/postgres";

import type { SealedContent } from "./sealed-chunks.ts";
import { snapshotCorrupt } from "./snapshot-errors.ts";

// Magic, then the chunks, each behind its length (4 bytes), then the description as JSON, then its length (4 bytes).
const MAGIC = Buffer.from("BLACKSKY-SNAPSHOT 1\n");
const LENGTH_BYTES = 4;
const MAX_DESCRIPTION_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32LE(bytes, 0);
  return length;
};

/** What a file is called while it is written; one that stays behind is of a process that died. */
export const UNFINISHED_SUFFIX = ".writing";

const writeAll = async (file: FileHandle, head: SnapshotHead, content: SealedContent): Promise<SnapshotDescription> => {
  await file.appendFile(MAGIC);
  for await (const chunk of content.chunks) {
    await file.appendFile(lengthOf(chunk.byteLength));
    await file.appendFile(chunk);
  }
  const description = { ...head, ...content.tail() };
  const json = Buffer.from(JSON.stringify(description));
  await file.appendFile(Buffer.concat([json, lengthOf(json.length)]));
  // A rename may reach the disk before the bytes do.
  await file.sync();
  return description;
};

/**
 * Writes a snapshot to `path`: under another name first, so that what is called `path` is complete.
 *
 * @param check looks at what was written, before it takes the place of what is there; throws where that must not be
 * @throws the system's error; then everything is as it was
 */
export const writeSnapshotFile = async (
  path: string,
  head: SnapshotHead,
  content: SealedContent,
  check: (unfinished: string, description: SnapshotDescription) => Promise<void> = async () => undefined,
): Promise<SnapshotDescription> => {
  const unfinished = `${path}${UNFINISHED_SUFFIX}`;
  try {
    const file = await open(unfinished, "wx", 0o600);
    let description: SnapshotDescription;
    try {
      description = await writeAll(file, head, content);
    } finally {
      await file.close();
    }
    await check(unfinished, description);
    await rename(unfinished, path);
    return description;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
};

const readExactly = async (file: FileHandle, bytes: number, position: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, position);
  if (bytesRead !== bytes) throw snapshotCorrupt("the file is too short");
  return buffer;
};

const isDescription = (value: unknown): value is SnapshotDescription => {
  if (typeof value !== "object" || value === null) return false;
  const { id, sessionId, reason, checksum, keyFingerprint, ...numbers } = value as Record<string, unknown>;
  const { position, epoch, schemaVersion, createdAt, recordCount, bytes } = numbers;
  return (
    [id, sessionId, reason, checksum].every((word) => typeof word === "string") &&
    (keyFingerprint === null || typeof keyFingerprint === "string") &&
    [position, epoch, schemaVersion, createdAt, recordCount, bytes].every((number) => Number.isSafeInteger(number))
  );
};

const locate = async (file: FileHandle): Promise<{ description: SnapshotDescription; endOfChunks: number }> => {
  const { size } = await file.stat();
  if (!(await readExactly(file, MAGIC.length, 0)).equals(MAGIC)) throw snapshotCorrupt("the file is none");
  const length = (await readExactly(file, LENGTH_BYTES, size - LENGTH_BYTES)).readUInt32LE(0);
  const endOfChunks = size - LENGTH_BYTES - length;
  if (length > MAX_DESCRIPTION_BYTES || endOfChunks < MAGIC.length)
    throw snapshotCorrupt("the end of the file is lost");
  try {
    const description: unknown = JSON.parse((await readExactly(file, length, endOfChunks)).toString());
    if (isDescription(description)) return { description, endOfChunks };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw snapshotCorrupt("the end of the file is not readable");
};

const reading = async <T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> => {
  const file = await open(path, "r");
  try {
    return await use(file);
  } finally {
    await file.close();
  }
};

/**
 * What a file says that it holds; its content is not looked at.
 *
 * @throws BlackskyError `backup.snapshotCorrupt`, or the system's error when it cannot be read
 */
export const describeSnapshotFile = (path: string): Promise<SnapshotDescription> =>
  reading(path, async (file) => (await locate(file)).description);

/** The sealed chunks of a file, one at a time; throws as `describeSnapshotFile` does. */
export async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { endOfChunks } = await locate(file);
    for (let at = MAGIC.length; at < endOfChunks;) {
      const length = (await readExactly(file, LENGTH_BYTES, at)).readUInt32LE(0);
      at += LENGTH_BYTES;
      if (length > MAX_CHUNK_BYTES || at + length > endOfChunks) throw snapshotCorrupt("a chunk runs over its end");
      yield await readExactly(file, length, at);
      at += length;
    }
  } finally {
    await file.close();
  }
}

/** True when a file could be opened but does not hold a snapshot. */
export const isDamage = (error: unknown): boolean => errorCode(error) === "backup.snapshotCorrupt";
