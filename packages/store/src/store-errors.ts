import { constants } from "node:os";
import { BlackskyError, describeError, errorCode } from "@blacksky/errors";

const { ENOSPC, EDQUOT, EFBIG, EACCES, EPERM, EROFS, EAGAIN, EBUSY } = constants.errno;

/** LMDB's own codes (lmdb.h); the system's arrive as plain errno from LMDB and as names from Node. */
const MDB = {
  mapFull: -30_792,
  txnFull: -30_788,
  readersFull: -30_790,
  notFound: -30_798,
  firstError: -30_799,
  lastError: -30_700,
};

const codes = (...all: readonly (number | string)[]): ReadonlySet<string> => new Set(all.map(String));
const FULL = codes(ENOSPC, EDQUOT, EFBIG, MDB.mapFull, MDB.txnFull, "ENOSPC", "EDQUOT", "EFBIG");
const NOT_WRITABLE = codes(EACCES, EPERM, EROFS, "EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST");
const LOCKED = codes(EAGAIN, EBUSY, MDB.readersFull, "EAGAIN", "EBUSY");

/** The store's structure is not what it must be. */
export const corruptStore = (path: string, problem: string, cause?: unknown): BlackskyError =>
  new BlackskyError("store.corrupt", `The store at ${path} is damaged: ${problem}.`, {
    hint: "Archive it and restore the session from its replica or a backup.",
    ...(cause === undefined ? {} : { cause }),
  });

/** The disk, or the store's own limit, has no room. Nothing was written. */
export const fullStore = (path: string, problem: string, cause?: unknown): BlackskyError =>
  new BlackskyError("store.full", `The store at ${path} cannot grow: ${problem}. Nothing was written.`, {
    hint: "Free disk space, then try again; what is stored is safe and readable.",
    ...(cause === undefined ? {} : { cause }),
  });

/** The store was closed by this process. */
export const closedStore = (path: string): BlackskyError =>
  new BlackskyError("store.closed", `The store at ${path} is closed.`, { hint: "Open it again before using it." });

/** The caller asked for something that no store can do. */
export const invalidRequest = (problem: string): BlackskyError => new BlackskyError("store.invalid", problem);

/** Only a writer can bring it up to date. */
export const outdatedStore = (path: string): BlackskyError =>
  new BlackskyError("store.outdated", `The store at ${path} was written by an older build.`, {
    hint: "Start the bot once: it brings the store up to date.",
  });

/** A restore began and did not end. */
export const incompleteStore = (path: string): BlackskyError =>
  new BlackskyError("store.incomplete", `A restore into the store at ${path} did not finish.`, {
    hint: "Archive it and restore again.",
  });

/** Turns what LMDB or the file system threw into one of our codes; our own errors and unknown ones pass unchanged. */
export const translateError = (path: string, error: unknown): unknown => {
  const code = errorCode(error);
  if (FULL.has(code)) return fullStore(path, "no space is left", error);
  if (NOT_WRITABLE.has(code)) {
    return new BlackskyError("store.notWritable", `The store at ${path} cannot be written (${describeError(error)}).`, {
      hint: "Let DATA_DIR name a directory that this process may write.",
      cause: error,
    });
  }
  if (LOCKED.has(code)) {
    return new BlackskyError(
      "store.locked",
      `The store at ${path} is in use by too many others (${describeError(error)}).`,
      {
        hint: "End other processes that have it open.",
        cause: error,
      },
    );
  }
  if (Number(code) >= MDB.firstError && Number(code) <= MDB.lastError) {
    return corruptStore(path, describeError(error), error);
  }
  return error;
};

/** What LMDB says when a page that it looked for to write on was not found. A read that finds nothing raises nothing. */
export const isLostInFreePages = (error: unknown): boolean => Number(errorCode(error)) === MDB.notFound;

/** Runs `action`; what it throws is translated. */
export const translating = <T>(path: string, action: () => T): T => {
  try {
    return action();
  } catch (error) {
    throw translateError(path, error);
  }
};
