import type { RecordChange, Store } from "@blacksky/store";
import { FRESH_ORIGIN, ORIGIN_META } from "./origin.ts";
import { SESSION_PREFIX } from "./kinds.ts";

/** Sessions that were put aside lie below this, one folder each. */
export const ARCHIVE_PREFIX = "archive/";

/**
 * Puts the whole session aside under another name, in one transaction, and leaves a store that may begin a new one. For
 * a device that WhatsApp has unlinked: its keys open nothing any more, but they are not ours to destroy.
 *
 * @param label names the folder: a time and the reason; letters, digits, dots, dashes
 * @returns how many records were put aside
 */
export const archiveSession = (store: Store, label: string): number => {
  const changes: RecordChange[] = [];
  for (const { key, value } of store.entries(SESSION_PREFIX)) {
    changes.push({ key: `${ARCHIVE_PREFIX}${label}/${key}`, value }, { key, value: undefined });
  }
  // First the mark: a store that is empty without it would refuse to start.
  store.meta.set(ORIGIN_META, FRESH_ORIGIN);
  if (changes.length > 0) store.writeSync(changes);
  return changes.length / 2;
};
