import type { GroupMetadata } from "@whiskeysockets/baileys";
import type { Clock } from "@blacksky/machine";
import { createBoundedMap } from "../bounded-map.ts";

const LIMIT = 100;
/** Bounds how long a change of members that was never told to us can go unnoticed. */
const FRESH_MS = 5 * 60_000;

/** Group metadata, so that a reply in a group does not cost a query each time. */
export interface GroupCache {
  /** The known metadata, or what `fetch` brings. */
  read(group: string, fetch: (group: string) => Promise<GroupMetadata>): Promise<GroupMetadata>;
  /** Something about the group has changed; the next read asks the server. */
  forget(group: string): void;
  /** Changes may have been missed: a new socket. */
  clear(): void;
}

/** An empty cache on that clock. */
export const createGroupCache = (clock: Clock): GroupCache => {
  const groups = createBoundedMap<{ readonly metadata: GroupMetadata; readonly at: number }>(LIMIT);
  return {
    async read(group, fetch) {
      const known = groups.get(group);
      if (known !== undefined && clock.monotonic() - known.at < FRESH_MS) return known.metadata;
      const metadata = await fetch(group);
      groups.set(group, { metadata, at: clock.monotonic() });
      return metadata;
    },
    forget: (group) => groups.delete(group),
    clear: () => groups.clear(),
  };
};
