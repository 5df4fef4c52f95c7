import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import type { Store, StoredRecord } from "@blacksky/store";
import { loadCreds } from "../../creds.ts";
import { clearMoved, markMoved, movedAt, MOVED_KEY } from "../../moved.ts";
import { credsMissing, exportRefused } from "../../session-errors.ts";
import { REPLICA_ID_META } from "../../origin.ts";
import { createFrameCipher, createHeader, deriveKey } from "./layout.ts";
import { packRecords } from "./record-frames.ts";

/** What a bundle says of itself, inside. */
export interface BundleDescription {
  readonly sessionId: string;
  /** Position of the store, the mark that it left included. */
  readonly position: number;
  readonly replicaId: string | null;
  /** ISO time. */
  readonly exportedAt: string;
}

export interface WriteBundleOptions {
  readonly store: Store;
  readonly sessionId: string;
  /** Where the bundle goes; nothing may lie there. */
  readonly path: string;
  readonly passphrase: string;
  readonly at: Date;
  /** scrypt's cost; for tests. */
  readonly logN?: number;
}

const MIN_PASSPHRASE_LENGTH = 12;

const withoutMark = function* (records: Iterable<StoredRecord>): Generator<StoredRecord> {
  for (const record of records) if (record.key !== MOVED_KEY) yield record;
};

const describe = ({ store, sessionId, at }: WriteBundleOptions): BundleDescription => ({
  sessionId,
  position: store.position + (movedAt(store) === undefined ? 1 : 0),
  replicaId: store.meta.get(REPLICA_ID_META) ?? null,
  exportedAt: at.toISOString(),
});

const writeFrames = async (file: FileHandle, options: WriteBundleOptions): Promise<number> => {
  const { store, passphrase, logN } = options;
  const header = createHeader(logN);
  const cipher = createFrameCipher(await deriveKey(passphrase, header), header);
  const sum = createHash("sha256");
  let index = 0;
  const append = async (bytes: Buffer): Promise<void> => {
    sum.update(bytes);
    await file.writeFile(bytes);
  };
  const appendFrame = async (text: Buffer, isLast = false): Promise<void> => {
    await append(cipher.seal(index, isLast, text));
    index += 1;
  };
  let records = 0;
  await append(header);
  await appendFrame(Buffer.from(JSON.stringify(describe(options))));
  for (const { text, count } of packRecords(withoutMark(store.entries("")))) {
    await appendFrame(text);
    records += count;
  }
  await appendFrame(Buffer.from(JSON.stringify({ records })), true);
  await file.writeFile(sum.digest());
  await file.sync();
  return records;
};

const check = ({ store, path, passphrase }: WriteBundleOptions): void => {
  if (existsSync(path)) throw exportRefused("something lies there already", "Name a file that is not there yet.");
  if (passphrase.length < MIN_PASSPHRASE_LENGTH) {
    throw exportRefused(
      "the passphrase is too short",
      `Take ${MIN_PASSPHRASE_LENGTH} characters or more; it protects every chat.`,
    );
  }
  if (loadCreds(store) === undefined) throw credsMissing();
};

/**
 * Writes the whole store, encrypted under a passphrase, into one file for another host, and marks the store as moved: no
 * bot opens it any more. All of that or nothing. Memory does not grow with the store.
 *
 * @returns how many records
 * @throws BlackskyError `session.exportRefused`, `session.credsMissing`, `session.credsCorrupt`, `store.corruptRecord`
 */
export const writeBundle = async (options: WriteBundleOptions): Promise<number> => {
  const { store, path, at } = options;
  check(options);
  const growing = `${path}.part`;
  await rm(growing, { force: true });
  const file = await open(growing, "wx", 0o600);
  const wasMoved = movedAt(store) !== undefined;
  try {
    const records = await writeFrames(file, options);
    await file.close();
    // First the mark: a bundle without it could come to life in two places.
    markMoved(store, at);
    await rename(growing, path);
    return records;
  } catch (error) {
    await file.close();
    await rm(growing, { force: true });
    if (!wasMoved && movedAt(store) !== undefined) clearMoved(store);
    throw error;
  }
};
