import { existsSync, renameSync, rmSync } from "node:fs";

import { archiveStore, openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";

const SESSION_PREFIX = "session/";

/** Whether a record is one of a session. */
export const isOfSession = (key: string): boolean => key.startsWith(SESSION_PREFIX);

/** Whether there is a record of a session in it. */
export const hasSession = (store: Store): boolean => {
  for (const _ of store.keys(SESSION_PREFIX)) return true;
  return false;
};

/** How the store that is there makes way, if there is one. */
export interface Retirement {
  /** For the name of what is put aside; `undefined` where nothing of worth is there. */
  readonly reason: string | undefined;
  /** Called when the new store is ready: keeps a copy of the old one if it can be read, and closes it. */
  leave(): Promise<void>;
}

/**
 * Lets a store that is ready take the place of the local one, which goes aside.
 *
 * @param fresh lies beside the local store, and is closed here
 * @throws whatever `leave` throws; then `fresh` is gone, and everything else is as it was
 */
export const takePlace = async (
  { storePath, log }: Pick<Context, "storePath" | "log">,
  retirement: Retirement,
  fresh: Store,
): Promise<Store> => {
  try {
    await retirement.leave();
  } catch (error) {
    await removeStore(fresh);
    throw error;
  }
  await fresh.close();
  const reason = retirement.reason ?? "empty";
  if (existsSync(storePath)) {
    const path = await archiveStore(storePath, reason);
    log.warn("The local store is not used any more and was put aside.", { reason, path });
  }
  renameSync(fresh.path, storePath);
  return openStore({ path: storePath });
};

/** Removes a store that never became the session's. */
export const removeStore = async (store: Store): Promise<void> => {
  await store.close();
  rmSync(store.path, { recursive: true, force: true });
};

/**
 * Makes a new local store. What lies there is touched only when `fill` has succeeded: the new store grows beside it, the
 * old one goes aside, the new one takes its place.
 *
 * @throws whatever `fill` or `leave` throws; then everything is as it was
 */
export const replaceStore = async (
  context: Pick<Context, "storePath" | "log">,
  retirement: Retirement,
  fill: (store: Store) => Promise<void>,
): Promise<Store> => {
  const nursery = `${context.storePath}.restoring`;
  rmSync(nursery, { recursive: true, force: true });
  const fresh = openStore({ path: nursery });
  try {
    await fill(fresh);
  } catch (error) {
    await removeStore(fresh);
    throw error;
  }
  return takePlace(context, retirement, fresh);
};
