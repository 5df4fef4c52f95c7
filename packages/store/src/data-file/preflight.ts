import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { BlackskyError, errorCode } from "@blacksky/errors";
import { corruptStore } from "../store-errors.ts";
import { canReadDataFiles, readDataFileState } from "./meta-page.ts";
import { findTreeProblem } from "./page-tree.ts";

/** LMDB's name for the file with the records. */
export const DATA_FILE = "data.mdb";

/**
 * Another process may commit while we look, and reuse pages of the state we look at. Then its state has moved on, and we
 * look again; it cannot do so this often in the milliseconds that a look takes unless the file is alive and well.
 */
const MAX_LOOKS = 8;

const truncatedStore = (path: string, problem: string): BlackskyError =>
  new BlackskyError("store.truncated", `The store at ${path} is cut off: ${problem}.`, {
    hint: "Archive it and restore the session from its replica or a backup.",
  });

const checkOpenFile = (path: string, file: number): void => {
  let suspected: bigint | undefined;
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const reading = readDataFileState(file);
    if ("problem" in reading) {
      if (reading.problem.includes("missing")) throw truncatedStore(path, reading.problem);
      throw corruptStore(path, reading.problem);
    }
    const found = findTreeProblem(file, reading.state);
    if (found === undefined) return;
    const { transaction } = reading.state;
    const after = readDataFileState(file);
    const movedOn = "state" in after && after.state.transaction !== transaction;
    // A state that was read while it was written may have its own number and the roots before it: damage shows again.
    const isCertain = !movedOn && transaction === suspected;
    if (isCertain) throw found.truncated ? truncatedStore(path, found.problem) : corruptStore(path, found.problem);
    suspected = transaction;
  }
};

/**
 * Looks at the data file before LMDB maps it, because LMDB answers a damaged file by ending the process.
 *
 * @returns false when there is no data file yet
 * @throws BlackskyError `store.truncated`, `store.corrupt`
 */
export const checkDataFile = (path: string): boolean => {
  let file: number;
  try {
    file = openSync(join(path, DATA_FILE), "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  try {
    if (canReadDataFiles) checkOpenFile(path, file);
    return true;
  } finally {
    closeSync(file);
  }
};
