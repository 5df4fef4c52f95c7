import { mkdirSync } from "node:fs";
import { open } from "lmdb";
import type { Database, RootDatabase } from "lmdb";
import { BlackskyError } from "@blacksky/errors";
import { checkDataFile } from "./data-file/preflight.ts";
import { openSpace } from "./data-file/space.ts";
import type { TransactionSize } from "./data-file/space.ts";
import { closedStore, corruptStore, isLostInFreePages, outdatedStore, translating } from "./store-errors.ts";

/** One named database: bytes to bytes, in the order of the key's bytes. */
export type Table = Database<Uint8Array, Uint8Array>;

/** An open LMDB environment and its three tables. */
export interface Environment {
  readonly path: string;
  /** key → checksum and value. */
  readonly records: Table;
  /** position of a commit's last change → the keys that it changed. */
  readonly feed: Table;
  /** name → small string. */
  readonly meta: Table;
  /**
   * Runs `action` on one snapshot, the newest, translating errors; raises `store.closed` after `close`. LMDB alone would
   * keep a snapshot for a whole turn of the event loop, and deny what another process has just reported as committed.
   */
  reading<T>(action: () => T): T;
  /** Runs `action`, which brings its own read transaction, translating errors; raises `store.closed` after `close`. */
  pinned<T>(action: () => T): T;
  /**
   * Runs `change` as one transaction, committed on return; whatever it throws undoes all of it. It may be run again, after
   * what it did was undone. Transactions are
   * synchronous because one costs 20 µs, a third of the way to LMDB's writer thread and back, and because so no process
   * holds the lock that all of them share while it waits for its event loop.
   */
  transaction<T>(size: TransactionSize, change: () => T): T;
  /** Opens, or makes, a table of an older schema. Not within a transaction. */
  openOldTable(name: string): Table;
  close(): Promise<void>;
}

export interface EnvironmentOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly mapSizeBytes: number;
}

// Not "feed" and "index", which were those of schema 1.
const TABLES = { records: "records", feed: "changes", meta: "meta" } as const;
const MAX_TABLES = 8;
const TRANSACTION_TRIES = 3;
const BYTES = { encoding: "binary", keyEncoding: "binary" } as const;

const openRoot = ({ path, readOnly, mapSizeBytes }: EnvironmentOptions): RootDatabase<Uint8Array, Uint8Array> => {
  const options = {
    // Else a dot in the directory's name would make it a file's.
    noSubdir: false,
    // The disk of a dyno does not outlive it; the page cache outlives the process.
    noSync: true,
    // LMDB itself would outgrow it by mapping anew, which is not safe while others read; `openSpace` keeps below it.
    mapSize: mapSizeBytes,
    maxDbs: MAX_TABLES,
    readOnly,
    permissionsMode: 0o600,
    ...BYTES,
  };
  return open<Uint8Array, Uint8Array>(path, options);
};

const openTable = (root: RootDatabase<Uint8Array, Uint8Array>, name: string): Table | undefined =>
  // Read-only, LMDB answers undefined for a database that does not exist, whatever its types say.
  root.openDB<Uint8Array, Uint8Array>({ name, ...BYTES });

const openTables = (
  root: RootDatabase<Uint8Array, Uint8Array>,
  path: string,
): Pick<Environment, keyof typeof TABLES> => {
  const [records, feed, meta] = [TABLES.records, TABLES.feed, TABLES.meta].map((name) => openTable(root, name));
  if (records === undefined || meta === undefined) throw corruptStore(path, "some of its tables are missing");
  if (feed === undefined) throw outdatedStore(path);
  return { records, feed, meta };
};

/**
 * LMDB 3.5.6 now and then loses its way in its list of free pages while several processes write ("Invalid null txn id" in
 * mdb.c, `mdb_page_alloc`), and says that something was not found, although the store is whole. It gives the transaction
 * up, and the part of that list which it had in memory, so that the next attempt begins anew.
 */
const withSecondTries = <T>(attempt: () => T, tries = TRANSACTION_TRIES): T => {
  try {
    return attempt();
  } catch (error) {
    if (tries <= 1 || !isLostInFreePages(error)) throw error;
    return withSecondTries(attempt, tries - 1);
  }
};

/** Checks the data file, then opens or creates the environment. */
export const openEnvironment = (options: EnvironmentOptions): Environment => {
  const { path, readOnly } = options;
  const root = translating(path, () => {
    const exists = checkDataFile(path);
    if (!exists && readOnly) {
      throw new BlackskyError("store.missing", `There is no store at ${path}.`, { hint: "Open it for writing first." });
    }
    // Key material: nobody else on the machine may look.
    if (!readOnly) mkdirSync(path, { recursive: true, mode: 0o700 });
    return openRoot(options);
  });
  const space = readOnly ? undefined : translating(path, () => openSpace(path, options.mapSizeBytes));
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    space?.close();
    await root.close();
  };
  const whileOpen = <T>(action: () => T): T => {
    if (!isOpen) throw closedStore(path);
    return translating(path, action);
  };
  const reading = <T>(action: () => T): T =>
    whileOpen(() => {
      root.resetReadTxn();
      return action();
    });
  const transaction = <T>(size: TransactionSize, change: () => T): T => {
    if (space === undefined) {
      throw new BlackskyError("store.notWritable", `The store at ${path} was opened for reading only.`);
    }
    const attempt = (): T =>
      root.transactionSync(() => {
        space.reserve(size);
        return change();
      });
    return whileOpen(() => withSecondTries(attempt));
  };
  try {
    if (!readOnly) transaction({ changes: MAX_TABLES, bytes: 0 }, () => undefined);
    const tables = translating(path, () => openTables(root, path));
    const openOldTable = (name: string): Table => {
      const table = translating(path, () => openTable(root, name));
      if (table === undefined) throw corruptStore(path, `it has no table ${name}`);
      return table;
    };
    return { path, ...tables, reading, pinned: whileOpen, transaction, openOldTable, close };
  } catch (error) {
    void close();
    throw error;
  }
};
