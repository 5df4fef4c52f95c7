import { session } from "@blacksky/protocol";
import type { ListedSnapshot, SnapshotList } from "@blacksky/protocol";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { findInDatabase, findOnDisk } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";

type Readable = Extract<ListedSnapshot, { readable: true }>;

const MAX_ID_LENGTH = 100;

const PLACE_OF = { snapshot: "database", "backup-file": "disk" } as const;

const toListed = ({ rung, description }: Candidate): ListedSnapshot => {
  const { id, createdAt, reason, position, epoch, recordCount, bytes } = description;
  const places = [PLACE_OF[rung]];
  const words = reason.slice(0, MAX_ID_LENGTH);
  const listed = { readable: true, id, createdAt, reason: words, position, epoch, recordCount, bytes, places } as const;
  // Somebody may have written another description into a file.
  if (session.listedSnapshot.safeParse(listed).success) return listed;
  return { readable: false, id: id.slice(0, MAX_ID_LENGTH), places };
};

const addPlaces = (known: Readable | undefined, { places, ...listed }: Readable): Readable => ({
  ...listed,
  places: [...(known?.places ?? []), ...places],
});

/**
 * Every snapshot that is known of, each once, however many places have it.
 *
 * @throws BlackskyError `backup.snapshotFile`
 */
export const listSnapshots = async (context: Context, claim: Claim | undefined): Promise<SnapshotList> => {
  const readable = new Map<string, Readable>();
  const useless: ListedSnapshot[] = [];
  const unread: SnapshotList["unread"] = [];
  const add = (candidate: Candidate): void => {
    const listed = toListed(candidate);
    if (listed.readable) readable.set(listed.id, addPlaces(readable.get(listed.id), listed));
    else useless.push(listed);
  };

  if (claim !== undefined) {
    try {
      for (const row of await findInDatabase(context, claim.database)) add(row);
    } catch (error) {
      context.log.warn("The snapshots in the database could not be listed.", { error });
      unread.push("database");
    }
  } else if (context.source !== undefined) unread.push("database");
  const files = await findOnDisk(context);
  for (const file of files.candidates) add(file);
  for (const { id } of files.useless) {
    useless.push({ readable: false, id: id.slice(0, MAX_ID_LENGTH), places: ["disk"] });
  }

  const newestFirst = [...readable.values()].toSorted((a, b) => b.createdAt - a.createdAt);
  return { snapshots: [...newestFirst, ...useless].slice(0, session.SNAPSHOT_LIST_LIMIT), unread };
};
