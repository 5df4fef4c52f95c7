import type { Entry } from "./entry.ts";
import type { Holds } from "./holds.ts";
import type { InboxIndex, IndexRow } from "./inbox-index.ts";
import type { InboxRecords } from "./inbox-records.ts";

/** What somebody has to handle now. */
export interface Rescued {
  /** In the order of arrival. */
  readonly entries: readonly Entry[];
  /** Processes died with these in hand, and again with nothing else in hand: not to be tried again, but to be given up. */
  readonly givenUp: readonly Entry[];
}

export interface TakeUpOptions {
  readonly records: InboxRecords;
  readonly index: InboxIndex;
  readonly holds: Pick<Holds, "has">;
  readonly maxAttempts: number;
  readonly giveUp: (id: string, why: string) => void;
}

/** The ratchet step that read it was not committed: it comes again. */
const isUnstored = ({ isOurs, fingerprints }: IndexRow): boolean => isOurs && fingerprints.length > 0;

/** Reads what waits for this account. */
export const takeUp = ({ records, index, holds, maxAttempts, giveUp }: TakeUpOptions, account: string): Rescued => {
  const entries: Entry[] = [];
  const givenUp: Entry[] = [];
  for (const id of index.waiting()) {
    const row = index.get(id);
    const entry = records.read(id);
    if (row === undefined || holds.has(id) || (entry === undefined && isUnstored(row))) continue;
    if (entry === undefined) giveUp(id, "nothing of it was kept");
    else if (entry === "damaged") giveUp(id, "its record is damaged");
    else if (entry.account !== account) continue;
    else if (row.isOurs || entry.attempts < maxAttempts) entries.push(entry);
    else givenUp.push(entry);
  }
  return { entries, givenUp };
};

/** Whether this entry is still what it was when it was given out, and nobody but who was given it is at it. */
export const isAsGivenOut = (
  { index, holds }: Pick<TakeUpOptions, "index" | "holds">,
  { id, parts }: Entry,
): boolean => {
  const row = index.get(id);
  if (row === undefined || row.state !== "pending" || row.isTaken || holds.has(id)) return false;
  return row.fingerprints.length === parts.length;
};
