import type { Entry } from "./entry.ts";
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
  readonly maxAttempts: number;
  readonly giveUp: (id: string, why: string) => void;
}

/** Its ratchet step has not been committed yet: whoever reads it now handles it, or it comes again. */
const isBeingStored = ({ isOurs, fingerprints }: IndexRow): boolean => isOurs && fingerprints.length > 0;

/** Reads what waits for this account. */
export const takeUp = ({ records, index, maxAttempts, giveUp }: TakeUpOptions, account: string): Rescued => {
  const entries: Entry[] = [];
  const givenUp: Entry[] = [];
  for (const id of index.waiting()) {
    const row = index.get(id);
    const entry = records.read(id);
    if (row === undefined || (entry === undefined && isBeingStored(row))) continue;
    if (entry === undefined) giveUp(id, "nothing of it was kept");
    else if (entry === "damaged") giveUp(id, "its record is damaged");
    else if (entry.account !== account) continue;
    else if (row.isOurs || entry.attempts < maxAttempts) entries.push(entry);
    else givenUp.push(entry);
  }
  return { entries, givenUp };
};
