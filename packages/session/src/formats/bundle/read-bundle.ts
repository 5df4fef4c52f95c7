import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { errorCode } from "@blacksky/errors";
import type { StoredRecord } from "@blacksky/store";
import { bundleDamaged, importRefused, wrongPassphrase } from "../../session-errors.ts";
import type { SessionSource } from "../session-source.ts";
import {
  checkHeader,
  createFrameCipher,
  deriveKey,
  FRAME_HEAD_BYTES,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  SUM_BYTES,
  TAG_BYTES,
  type FrameCipher,
} from "./layout.ts";
import { unpackRecords } from "./record-frames.ts";
import type { BundleDescription } from "./write-bundle.ts";

/** Reads exactly so much, or raises `session.bundleDamaged`. */
const readExactly = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw bundleDamaged("it is cut off");
  return buffer;
};

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw importRefused(`the bundle cannot be read (${errorCode(error)})`);
  }
};

const checkSum = async (path: string, file: FileHandle, size: number): Promise<void> => {
  const sum = createHash("sha256");
  for await (const chunk of createReadStream(path, { end: size - SUM_BYTES - 1 })) sum.update(chunk as Buffer);
  const written = await readExactly(file, size - SUM_BYTES, SUM_BYTES);
  if (!sum.digest().equals(written)) throw bundleDamaged("it fails its checksum");
};

interface Frame {
  readonly text: Buffer | undefined;
  readonly isLast: boolean;
}

const readFrames = async function* (file: FileHandle, cipher: FrameCipher, end: number): AsyncGenerator<Frame> {
  let at = HEADER_BYTES;
  for (let index = 0; at < end; index += 1) {
    const head = await readExactly(file, at, FRAME_HEAD_BYTES);
    const length = head.readUInt32BE(0);
    const isLast = head[4] === 1;
    at += FRAME_HEAD_BYTES;
    if (length > MAX_FRAME_BYTES || at + length + TAG_BYTES > end) throw bundleDamaged("a frame in it is cut off");
    const sealed = await readExactly(file, at, length + TAG_BYTES);
    at += length + TAG_BYTES;
    yield { text: cipher.open(index, isLast, sealed.subarray(0, length), sealed.subarray(length)), isLast };
  }
};

const readRecords = async function* (file: FileHandle, frames: AsyncGenerator<Frame>): AsyncGenerator<StoredRecord> {
  try {
    let count = 0;
    for await (const { text, isLast } of frames) {
      if (text === undefined) throw bundleDamaged("a frame in it was altered");
      if (isLast) {
        const { records } = JSON.parse(text.toString("utf8")) as { records: number };
        if (records !== count) throw bundleDamaged("records are missing in it");
        return;
      }
      for (const record of unpackRecords(text)) {
        count += 1;
        yield record;
      }
    }
    throw bundleDamaged("its end is missing");
  } finally {
    await file.close();
  }
};

const warningsOf = ({ exportedAt }: BundleDescription): string[] => [
  `This bundle was exported on ${exportedAt}. Import it once, in one place: two bots on one session lose messages.`,
];

/** A bundle whose checksum and passphrase are right. */
export interface OpenBundle extends SessionSource {
  readonly description: BundleDescription;
  /** For one whose records are not read after all; reading them closes it too. */
  close(): Promise<void>;
}

/**
 * Opens a bundle: looks at its checksum first, so that a torn file is not taken for a wrong passphrase. Records are read
 * from the disk as they are taken.
 *
 * @throws BlackskyError `session.bundleDamaged`, `session.wrongPassphrase`, `session.importRefused`
 */
export const readBundle = async (path: string, passphrase: string): Promise<OpenBundle> => {
  const size = await sizeOf(path);
  const file = await open(path, "r");
  try {
    const header = await readExactly(file, 0, Math.min(size, HEADER_BYTES));
    checkHeader(header);
    if (size < HEADER_BYTES + FRAME_HEAD_BYTES + TAG_BYTES + SUM_BYTES) throw bundleDamaged("it is cut off");
    await checkSum(path, file, size);
    const cipher = createFrameCipher(await deriveKey(passphrase, header), header);
    const frames = readFrames(file, cipher, size - SUM_BYTES);
    const first = (await frames.next()).value as Frame | undefined;
    if (first?.text === undefined) throw wrongPassphrase();
    const description = JSON.parse(first.text.toString("utf8")) as BundleDescription;
    return {
      format: "bundle",
      position: description.position,
      replicaId: description.replicaId ?? undefined,
      records: readRecords(file, frames),
      warnings: warningsOf(description),
      description,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
};
