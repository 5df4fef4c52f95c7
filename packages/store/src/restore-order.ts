import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { BlackskyError, errorCode } from "@blacksky/errors";
import { translateError } from "./store-errors.ts";

/**
 * Somebody with the right to do so wants this store to be replaced by a snapshot. It lies beside the store and is carried
 * out by the backup worker at its next start, once, before anybody may open the session.
 */
export interface RestoreOrder {
  /** Names the order, so that it is not carried out twice. */
  readonly id: string;
  readonly sessionId: string;
  readonly snapshotId: string;
  /** Epoch milliseconds. */
  readonly orderedAt: number;
  /**
   * How far the session was when the order was given, and under which lease; a snapshot of that was taken. `null` where
   * nobody looked, because the bot was stopped.
   */
  readonly basis: { readonly position: number; readonly epoch: number } | null;
}

const VERSION = 1;

/** Where the order for the store at `path` lies. */
export const restoreOrderPath = (path: string): string => `${path}.restore-order`;

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};

const isOrder = (value: unknown): value is RestoreOrder => {
  const { version, id, sessionId, snapshotId, orderedAt, basis } = fieldsOf(value);
  const { position, epoch } = fieldsOf(basis);
  return (
    version === VERSION &&
    [id, sessionId, snapshotId].every((word) => typeof word === "string" && word !== "") &&
    isCount(orderedAt) &&
    (basis === null || (isCount(position) && isCount(epoch)))
  );
};

/**
 * The order for the store at `path`; `undefined` when there is none.
 *
 * @throws BlackskyError `store.restoreOrder` when it is none that this build understands, `store.notWritable` and the like
 * when it cannot be read
 */
export const readRestoreOrder = (path: string): RestoreOrder | undefined => {
  let text: string;
  try {
    text = readFileSync(restoreOrderPath(path), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw translateError(path, error);
  }
  try {
    const order: unknown = JSON.parse(text);
    if (isOrder(order)) return order;
  } catch {
    // Said below, without quoting it.
  }
  throw new BlackskyError("store.restoreOrder", `${restoreOrderPath(path)} is no order to restore a snapshot.`, {
    hint: "Order the restore again.",
  });
};

/** Puts an order beside the store at `path`, in the place of an earlier one. On the disk before it resolves. */
export const writeRestoreOrder = async (path: string, order: RestoreOrder): Promise<void> => {
  const unfinished = `${restoreOrderPath(path)}.writing`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(unfinished, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify({ version: VERSION, ...order }));
      await file.sync();
    } finally {
      await file.close();
    }
    renameSync(unfinished, restoreOrderPath(path));
  } catch (error) {
    throw translateError(path, error);
  }
};

/** The order for the store at `path` counts no longer. */
export const removeRestoreOrder = (path: string): void => {
  try {
    rmSync(restoreOrderPath(path), { force: true });
  } catch (error) {
    throw translateError(path, error);
  }
};
