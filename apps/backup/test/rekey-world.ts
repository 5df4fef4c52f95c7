import { readFileSync } from "node:fs";
import { join } from "node:path";

import { createSnapshotClient } from "@blacksky/postgres";
import type { Database } from "@blacksky/postgres";

import { createSeal } from "../src/seal/seal.ts";
import type { SealPurpose } from "../src/seal/seal.ts";
import { openContent } from "../src/snapshot/snapshot-content.ts";
import { readFileChunks } from "../src/snapshot/snapshot-file.ts";
import { listSnapshotFiles, snapshotFolder } from "../src/snapshot/snapshot-folder.ts";

/** Everything of a session that is saved outside its store, as one key sees it. */
export interface Opened {
  /** Keys of the replica's rows, with what opens. */
  readonly rows: Record<string, string>;
  /** How many rows there are, also such as were set aside. */
  readonly rowCount: number;
  /** Ids of the snapshots that open to their end, and of all there are. */
  readonly snapshots: readonly string[];
  readonly snapshotCount: number;
  readonly files: readonly string[];
  readonly fileCount: number;
}

const opensWhole = async (content: AsyncIterable<unknown>): Promise<boolean> => {
  try {
    for await (const _ of content) continue;
    return true;
  } catch {
    return false;
  }
};

/** @param key `undefined` for what is not encrypted at all */
export const openEverything = async (database: Database, dataDir: string, key: string | undefined): Promise<Opened> => {
  const sealOf = (purpose: SealPurpose) => createSeal("BOT", key, purpose);
  const rowSeal = sealOf("replica record");
  const all = await database.rows<{ session_id: string; key: string; value: Buffer }>(
    "select session_id, key, value from blacksky.replica_record",
  );
  const rows: Record<string, string> = {};
  for (const { session_id: id, key: name, value } of all) {
    try {
      rows[id === "BOT" ? name : `${id} ${name}`] = Buffer.from(rowSeal.open(name, value)).toString();
    } catch {
      // Another key's.
    }
  }
  const client = createSnapshotClient(database);
  const seal = sealOf("snapshot chunk");
  const snapshots: string[] = [];
  const described = await client.list("BOT");
  for (const description of described) {
    if (await opensWhole(openContent(description, client.readChunks(description.id), seal)))
      snapshots.push(description.id);
  }
  const files: string[] = [];
  const found = await listSnapshotFiles(snapshotFolder(dataDir, "BOT"));
  for (const { path, description } of found) {
    if (description && (await opensWhole(openContent(description, readFileChunks(path), seal)))) files.push(path);
  }
  return {
    rows,
    rowCount: all.length,
    snapshots: snapshots.toSorted(),
    snapshotCount: described.length,
    files: files.toSorted(),
    fileCount: found.length,
  };
};

/** Every byte that is saved outside the store: what a thief of the database and of the backups has. */
export const everyByte = async (database: Database, names: readonly string[], folder: string): Promise<Buffer> => {
  const rows = await database.rows<{ bytes: Buffer }>(
    `select value as bytes from blacksky.replica_record union all select content from blacksky.snapshot_chunk
     union all select convert_to(to_jsonb(snapshot)::text, 'UTF8') from blacksky.snapshot
     union all select convert_to(to_jsonb(replica)::text, 'UTF8') from blacksky.replica`,
  );
  return Buffer.concat([...rows.map(({ bytes }) => bytes), ...names.map((name) => readFileSync(join(folder, name)))]);
};
