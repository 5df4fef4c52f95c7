import { formatDuration } from "@blacksky/machine";
import type { ListedSnapshot, SnapshotList } from "@blacksky/protocol";

type Places = SnapshotList["unread"];
/** A snapshot that can be spoken of. */
export type ReadableSnapshot = Extract<ListedSnapshot, { readable: true }>;

const PLACE_NAMES: Record<Places[number], string> = { database: "in the database", disk: "on this disk" };

/** `in the database and on this disk`. */
export const formatPlaces = (places: Places): string => places.map((place) => PLACE_NAMES[place]).join(" and ");

/** `980 B`, `250 KB`, `1.4 MB`. */
export const formatBytes = (bytes: number): string => {
  if (bytes < 1000) return `${String(bytes)} B`;
  if (bytes < 1_000_000) return `${String(Math.round(bytes / 1000))} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
};

/** The random end of a snapshot's id, which people can type. */
export const shortId = (id: string): string => id.split("-").at(-1) ?? id;

/** `3 h 2 min ago`. */
export const formatAge = (createdAt: number, now: number): string => `${formatDuration((now - createdAt) / 1000)} ago`;
