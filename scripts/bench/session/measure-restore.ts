import { createAuthState, SESSION_PREFIX } from "@blacksky/session";
import { openStore, storePath } from "@blacksky/store";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { rmSync } from "node:fs";
import { SESSION_ID, startBackupWorker } from "./backup-worker.ts";
import { record, type Samples } from "./figures.ts";
import { makeFolder, openOurs } from "./key-stores.ts";
import { makeRecords, recordId } from "./trace.ts";

/** Files that are read at once: all at once would need as many file descriptors. */
const FILES_AT_ONCE = 500;
const SETS_AT_ONCE = 200;

/** Names of the figures that `measureRestore` records. */
export const restoreFigures = (records: number) => ({
  ours: `restore of ${records.toLocaleString("en")} records from PostgreSQL, ms`,
  multiFile: `multi-file: reads ${records.toLocaleString("en")} records from its disk, ms`,
});

const inPieces = function* <Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
};

/** A session that was saved both ways. */
export interface SavedSession {
  readonly records: number;
  /** Each once, the records after a wiped disk and the files from theirs. */
  measure(samples: Samples): Promise<void>;
  remove(): void;
}

/** Saves a session of so many records, replicated and as files. */
export const saveSession = async (databaseUrl: string, key: string, records: number): Promise<SavedSession> => {
  const ours = makeFolder("restored");
  const files = makeFolder("files");
  const saving = await openOurs(ours.path, databaseUrl, key);
  const { state, saveCreds } = await useMultiFileAuthState(files.path);
  await saveCreds();
  for (const sets of inPieces(makeRecords(records), SETS_AT_ONCE)) {
    await Promise.all(sets.map(async (keys) => Promise.all([saving.set(keys), state.keys.set(keys)])));
    // The worker's turn: both are quick to write, and its memory is small.
    await saving.worker.flush();
  }
  await saving.close();
  const figures = restoreFigures(records);

  const restore = async (): Promise<number> => {
    rmSync(ours.path, { recursive: true, force: true });
    const from = performance.now();
    const worker = await startBackupWorker({ dataDir: ours.path, databaseUrl, key });
    const store = openStore({ path: storePath(ours.path, SESSION_ID) });
    const auth = createAuthState(store);
    const last = recordId(records - 1);
    const { [last]: found } = await auth.state.keys.get("session", [last]);
    const took = performance.now() - from;
    const count = store.count(`${SESSION_PREFIX}session/`);
    await store.close();
    await worker.stop();
    if (found === undefined || count !== records) throw new Error(`Only ${count} records were restored.`);
    return took;
  };

  const readFiles = async (): Promise<number> => {
    const ids = Array.from({ length: records }, (_, index) => recordId(index));
    const from = performance.now();
    const auth = await useMultiFileAuthState(files.path);
    let found = 0;
    for (const some of inPieces(ids, FILES_AT_ONCE)) {
      const values: Record<string, unknown> = await auth.state.keys.get("session", [...some]);
      found += Object.values(values).filter((value) => value !== null).length;
    }
    const took = performance.now() - from;
    if (found !== records) throw new Error(`Only ${found} files were read.`);
    return took;
  };

  return {
    records,
    async measure(samples) {
      record(samples, figures.ours, await restore());
      record(samples, figures.multiFile, await readFiles());
    },
    remove() {
      ours.remove();
      files.remove();
    },
  };
};
