import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fullStore } from "../store-errors.ts";
import { readDataFileState } from "./meta-page.ts";
import { DATA_FILE } from "./preflight.ts";

/** How much a transaction is going to write. */
export interface TransactionSize {
  readonly changes: number;
  /** Bytes of all keys and values. */
  readonly bytes: number;
}

/** Room in the data file, made before LMDB needs it. */
export interface Space {
  /** To be called inside a write transaction. Raises `store.full`; then the transaction must be given up. */
  reserve(size: TransactionSize): void;
  close(): void;
}

/** Trees that a change touches (records, feed, meta) times pages on the way down. */
const PAGES_PER_CHANGE = 16;
/** LMDB's own list of free pages, and the databases' roots. */
const PAGES_PER_TRANSACTION = 16;
const GROWTH_BYTES = 1 << 20;

/**
 * LMDB 3.5.6 formats the message of a failed page write into a buffer that is too short for it (mdb.c,
 * `mdb_page_flush`), so a full disk damages the heap of the process. Hence no write of LMDB's may fail: the file grows
 * here first, by real zeros behind its end, where the failure is an error like any other.
 */
const grow = (path: string, file: number, sizeBytes: number, growthBytes: number): void => {
  const zeros = Buffer.alloc(Math.min(growthBytes, GROWTH_BYTES));
  try {
    for (let written = 0; written < growthBytes;) {
      written += writeSync(file, zeros, 0, Math.min(zeros.length, growthBytes - written), sizeBytes + written);
    }
  } catch (error) {
    ftruncateSync(file, sizeBytes);
    throw fullStore(path, "no space is left on the device", error);
  }
};

/** @param limitBytes the file never becomes longer than this */
export const openSpace = (path: string, limitBytes: number): Space => {
  const file = openSync(join(path, DATA_FILE), "r+");
  return {
    reserve({ changes, bytes }) {
      const reading = readDataFileState(file);
      if ("problem" in reading) throw fullStore(path, reading.problem);
      const { pageSizeBytes, lastPage } = reading.state;
      const used = lastPage + 1;
      // No page is copied twice in a transaction, so a big one copies the file at most; half-full pages double the bytes.
      const pages =
        Math.min(changes * PAGES_PER_CHANGE, used + PAGES_PER_CHANGE) +
        changes +
        Math.ceil((2 * bytes) / pageSizeBytes) +
        PAGES_PER_TRANSACTION;
      const neededBytes = (used + pages) * pageSizeBytes;
      const sizeBytes = fstatSync(file).size;
      if (sizeBytes >= neededBytes) return;
      if (neededBytes > limitBytes) throw fullStore(path, `its limit of ${limitBytes} bytes is reached`);
      const wishedBytes = Math.min(Math.max(neededBytes, sizeBytes + GROWTH_BYTES), limitBytes);
      try {
        grow(path, file, sizeBytes, wishedBytes - sizeBytes);
      } catch (error) {
        if (wishedBytes === neededBytes) throw error;
        grow(path, file, sizeBytes, neededBytes - sizeBytes);
      }
    },
    close: () => closeSync(file),
  };
};
