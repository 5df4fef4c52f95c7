import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { SnapshotDescription, SnapshotHead } from "@blacksky/postgres";
import type { StoredRecord } from "@blacksky/store";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { createSeal } from "../seal/seal.ts";
import { openContent, sealContent } from "./snapshot-content.ts";
import { describeSnapshotFile, readFileChunks } from "./snapshot-file.ts";
import { addSnapshotFile, listSnapshotFiles, retainSnapshotFiles } from "./snapshot-folder.ts";

const SECRET = "a session key of thirty-two characters or more";
const seal = createSeal("BOT", SECRET, "snapshot chunk");

const headOf = (more: Partial<SnapshotHead> = {}): SnapshotHead => ({
  id: "one",
  sessionId: "BOT",
  position: 7,
  epoch: 2,
  schemaVersion: 1,
  keyFingerprint: seal.fingerprint,
  reason: "scheduled",
  createdAt: 1_700_000_000_000,
  ...more,
});

const RECORDS: StoredRecord[] = [
  { key: "session/creds", value: Buffer.from("creds of the device") },
  { key: "session/empty", value: Buffer.alloc(0) },
  { key: "session/sender-key/gruppe-ü", value: Buffer.alloc(700_000, 7) },
  // Does not compress: several chunks.
  ...Array.from({ length: 40 }, (_, index) => ({
    key: `session/session/${index}`,
    value: Buffer.from(createSeal("x", SECRET).seal("x", Buffer.alloc(20_000, index))),
  })),
];

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

const sealed = async (head = headOf()): Promise<{ snapshot: SnapshotDescription; chunks: Uint8Array[] }> => {
  const content = sealContent(head, RECORDS, seal);
  const chunks = await collect(content.chunks);
  return { snapshot: { ...head, ...content.tail() }, chunks };
};

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

// Digests, because comparing megabytes byte by byte takes Jest seconds.
const digest = ({ key, value }: StoredRecord): string => `${key} ${createHash("sha256").update(value).digest("hex")}`;

const opened = async (snapshot: SnapshotDescription, chunks: readonly Uint8Array[], by = seal): Promise<string[]> =>
  (await collect(openContent(snapshot, stream(chunks), by))).map((record) => digest(record));

const CORRUPT = { code: "backup.snapshotCorrupt" };

describe("the content of a snapshot", () => {
  test("comes back record by record, and shows nothing of what is in it", async () => {
    const { snapshot, chunks } = await sealed();
    expect(chunks.length).toBeGreaterThan(3);
    expect(snapshot).toMatchObject({ recordCount: RECORDS.length, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await opened(snapshot, chunks)).toEqual(RECORDS.map((record) => digest(record)));
    expect(Buffer.concat(chunks).includes("creds of the device")).toBe(false);
  });

  test("may be of no records at all", async () => {
    const content = sealContent(headOf(), [], seal);
    const chunks = await collect(content.chunks);
    expect(await opened({ ...headOf(), ...content.tail() }, chunks)).toEqual([]);
  });

  test("does not open with a byte changed, a chunk lost, doubled or moved, or without its end", async () => {
    const { snapshot, chunks } = await sealed();
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), ...rest] = chunks;
    const flipped = Buffer.from(second);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    for (const wrong of [
      [first, flipped, ...rest],
      [second, ...rest],
      [first, first, second, ...rest],
      [second, first, ...rest],
      chunks.slice(0, -1),
      [],
    ]) {
      await expect(opened(snapshot, wrong)).rejects.toMatchObject(CORRUPT);
    }
  });

  test("does not open under another description", async () => {
    const { snapshot, chunks } = await sealed();
    for (const lie of [
      { position: 8 },
      { epoch: 3 },
      { id: "two" },
      { createdAt: 1 },
      { recordCount: 1 },
      { bytes: 1 },
    ]) {
      await expect(opened({ ...snapshot, ...lie }, chunks)).rejects.toMatchObject(CORRUPT);
    }
  });

  test("does not open with the key of the replica's rows", async () => {
    const { snapshot, chunks } = await sealed();
    await expect(opened(snapshot, chunks, createSeal("BOT", SECRET))).rejects.toMatchObject(CORRUPT);
  });

  test("tells the failure of its source", async () => {
    const breaking = function* (): Generator<StoredRecord> {
      yield* RECORDS.slice(0, 2);
      throw new Error("the store was closed");
    };
    await expect(collect(sealContent(headOf(), breaking(), seal).chunks)).rejects.toThrow("the store was closed");
  });
});

describe("snapshot files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "blacksky-snapshots-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const add = (id: string, more: Partial<SnapshotHead> = {}): ReturnType<typeof addSnapshotFile> => {
    const head = headOf({ id, ...more });
    return addSnapshotFile(folder, head, sealContent(head, RECORDS, seal));
  };

  test("hold what was written, for their owner alone", async () => {
    const { path, description } = await add("one");
    expect(await describeSnapshotFile(path)).toEqual(description);
    expect(await opened(description, await collect(readFileChunks(path)))).toHaveLength(RECORDS.length);
    expect(readdirSync(folder)).toEqual(["one.snapshot"]);
  });

  test("leave nothing when their source fails", async () => {
    const failing = function* (): Generator<StoredRecord> {
      yield* RECORDS;
      throw new Error("the store was closed");
    };
    const adding = addSnapshotFile(folder, headOf(), sealContent(headOf(), failing(), seal));
    await expect(adding).rejects.toMatchObject({ code: "backup.snapshotFile" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that are cut short, or are something else, are listed without a description", async () => {
    const { path } = await add("one");
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 1_000));
    writeFileSync(join(folder, "two.snapshot"), "hello");
    const files = await listSnapshotFiles(folder);
    expect(files.map(({ description }) => description)).toEqual([undefined, undefined]);
  });

  test("are listed newest first; those beyond retention go, by kind, and unfinished ones too", async () => {
    for (const [index, id] of ["a", "b", "c"].entries()) await add(id, { createdAt: index });
    await add("kept", { createdAt: 0, reason: "before logout" });
    writeFileSync(join(folder, "d.snapshot.writing"), "half");
    await retainSnapshotFiles(folder, { keep: 2, scheduledReason: "scheduled" });
    const files = await listSnapshotFiles(folder);
    expect(files.map(({ description }) => description?.id)).toEqual(["c", "b", "kept"]);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  test("of a folder that does not exist are none", async () => {
    expect(await listSnapshotFiles(join(folder, "nowhere"))).toEqual([]);
  });
});
