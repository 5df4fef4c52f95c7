import type { Store } from "@blacksky/store";
import { sessionMoved } from "./session-errors.ts";

/**
 * The mark of a session that lives elsewhere now. A record and not meta, so that it is replicated: a disk that is lost
 * and restored from PostgreSQL must not wake the session up again.
 */
export const MOVED_KEY = "moved";

/** When the session left, as an ISO time; `undefined` while it lives here. */
export const movedAt = (store: Store): string | undefined => {
  const bytes = store.get(MOVED_KEY);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
};

/** From now on no bot opens this session, until `clearMoved`. Committed before it returns. */
export const markMoved = (store: Store, at: Date): void => {
  if (movedAt(store) === undefined) store.writeSync([{ key: MOVED_KEY, value: Buffer.from(at.toISOString()) }]);
};

/** The session lives here again: whoever calls this knows that it runs nowhere else. */
export const clearMoved = (store: Store): void => {
  store.writeSync([{ key: MOVED_KEY, value: undefined }]);
};

/** @throws BlackskyError `session.moved` */
export const refuseMoved = (store: Store): void => {
  const at = movedAt(store);
  if (at !== undefined) throw sessionMoved(at);
};
