import type { RecordChange } from "@blacksky/store";
import type { Entry } from "./entry.ts";
import { putUnderWay } from "./records.ts";

/** Who is in the middle of an attempt, as the store is told: the next process counts who was when this one died. */
export interface UnderWay {
  /** Notes that an attempt begins; those that begin together share a write. */
  begin(entry: Entry): Promise<void>;
  /** Its attempt has ended; what has to be written with that, unless it is over for good. */
  end(entry: Entry): readonly RecordChange[];
}

/**
 * @param found those that the store says to be in the middle of an attempt
 * @param write commits, in the order of the calls
 */
export const createUnderWay = (
  found: readonly Entry[],
  write: (describe: () => readonly RecordChange[]) => Promise<void>,
): UnderWay => {
  const underWay = new Set(found);
  let beginning: Promise<void> | undefined;

  const note = (): RecordChange => putUnderWay([...underWay].map(({ seq }) => seq));
  const noteBeginnings = async (): Promise<void> => {
    // Those that begin together are all in the set before the microtasks after them run.
    await Promise.resolve();
    beginning = undefined;
    await write(() => [note()]);
  };

  return {
    begin(entry) {
      underWay.add(entry);
      beginning ??= noteBeginnings();
      return beginning;
    },
    end: (entry) => (underWay.delete(entry) ? [note()] : []),
  };
};
