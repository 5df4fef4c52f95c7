import type { Entry } from "./entry.ts";
import type { InboxIndex } from "./inbox-index.ts";
import type { InboxRecords } from "./inbox-records.ts";

/** What somebody has to handle now. */
export interface Rescued {
  /** In the order of arrival. */
  readonly entries: readonly Entry[];
  /** Several processes began with these and none lived to end it, perhaps because of them: not to be tried again. */
  readonly givenUp: readonly Entry[];
}

export interface TakeUpOptions {
  readonly records: InboxRecords;
  readonly index: InboxIndex;
  readonly maxAttempts: number;
  readonly giveUp: (id: string, why: string) => void;
}

/** Reads what waits for this account, and counts this process among those that have begun with it. */
export const takeUp = ({ records, index, maxAttempts, giveUp }: TakeUpOptions, account: string): Rescued => {
  const entries: Entry[] = [];
  const givenUp: Entry[] = [];
  for (const id of index.waiting()) {
    const row = index.get(id);
    const entry = records.read(id);
    if (row === undefined || entry === undefined) giveUp(id, "nothing of it was kept");
    else if (entry === "damaged") giveUp(id, "its record is damaged");
    else if (entry.account !== account) continue;
    else if (row.isOurs) entries.push(entry);
    else if (entry.attempts < maxAttempts) {
      row.isOurs = true;
      entries.push({ ...entry, attempts: entry.attempts + 1 });
    } else {
      giveUp(id, `${String(entry.attempts)} processes began with it, and none lived to end it`);
      givenUp.push(entry);
    }
  }
  return { entries, givenUp };
};
