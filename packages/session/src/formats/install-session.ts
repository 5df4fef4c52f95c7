import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { archiveStore, openStore, type Store } from "@blacksky/store";
import { inspectSession } from "../inspect.ts";
import { movedAt } from "../moved.ts";
import { IMPORTED_META, ORIGIN_META, REPLICA_ID_META, TAIL_META } from "../origin.ts";
import { importRefused } from "../session-errors.ts";
import type { SessionSource } from "./session-source.ts";

export interface InstallOptions {
  /** Where the store of the bot lies, or will lie. No other process may have it open. */
  readonly path: string;
  readonly source: SessionSource;
  /** Puts a linked session aside that lies there, and replaces a replica that went on after a bundle was made. */
  readonly force: boolean;
  readonly at: Date;
}

export interface InstalledSession {
  readonly records: number;
  readonly position: number;
  /** Where the store went that had been there. */
  readonly archivedTo: string | undefined;
}

/**
 * An import begins this much further than any position known here: newer than a replica that nobody could ask, too.
 * Sessions of one bot stay far below it.
 */
const LEAP = 1_000_000;

interface Present {
  readonly position: number;
  /** True for a session that a bot may be using. */
  readonly isInUse: boolean;
}

const lookAt = (store: Store): Present => ({
  position: store.position,
  isInUse: inspectSession(store).creds === "linked" && movedAt(store) === undefined,
});

const lookAtPresent = async (path: string): Promise<Present> => {
  if (!existsSync(path)) return { position: 0, isInUse: false };
  let store: Store;
  try {
    store = openStore({ path, readOnly: true });
  } catch {
    // Damaged: it goes aside like any other. Whether it is in use nobody can say, so that needs force.
    return { position: 0, isInUse: true };
  }
  try {
    return lookAt(store);
  } finally {
    await store.close();
  }
};

/** The disk has it before anything is moved: LMDB itself does not wait for that. */
const sync = (path: string): void => {
  const file = openSync(join(path, "data.mdb"), "r");
  fsyncSync(file);
  closeSync(file);
};

const fill = async (store: Store, { source, force }: InstallOptions, position: number): Promise<number> => {
  await store.restore(source.records, position);
  const { creds, sound } = inspectSession(store);
  if (creds !== "linked") throw importRefused("no phone is linked to it", "Pair this bot instead.");
  if (!sound) throw importRefused("some of its records cannot be read");
  store.meta.set(ORIGIN_META, "imported");
  store.meta.set(IMPORTED_META, String(force ? Infinity : (source.position ?? Infinity)));
  store.meta.set(TAIL_META, source.position === undefined || force ? "unknown" : "complete");
  return store.count("");
};

/**
 * Makes a store of a session from outside. It grows beside the one that lies there, is read back completely, and only
 * then the old one goes aside and it takes its place. When anything fails, everything is as it was.
 *
 * @throws BlackskyError `session.importRefused`, whatever reading the source raises, and `store.*`
 */
export const installSession = async (options: InstallOptions): Promise<InstalledSession> => {
  const { path, source, force, at } = options;
  const present = await lookAtPresent(path);
  if (present.isInUse && !force) {
    throw importRefused("a linked session lies here already", "With --force it is put aside, not deleted.");
  }
  const position = Math.max(present.position, source.position ?? 0) + LEAP;
  const nursery = `${path}.importing`;
  rmSync(nursery, { recursive: true, force: true });
  const store = openStore({ path: nursery });
  let records: number;
  try {
    records = await fill(store, options, position);
    if (source.replicaId !== undefined) store.meta.set(REPLICA_ID_META, source.replicaId);
    await store.close();
    sync(nursery);
  } catch (error) {
    await store.close();
    rmSync(nursery, { recursive: true, force: true });
    throw error;
  }
  const archivedTo = existsSync(path) ? await archiveStore(path, "import", at) : undefined;
  try {
    renameSync(nursery, path);
  } catch (error) {
    if (archivedTo !== undefined) renameSync(archivedTo, path);
    throw error;
  }
  return { records, position, archivedTo };
};
