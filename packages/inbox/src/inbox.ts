import type { Clock } from "@blacksky/machine";
import type { RecordChange, Store } from "@blacksky/store";
import type { Entry, ReadPart } from "./entry.ts";
import { createHolds } from "./holds.ts";
import { createIndex, type IndexRow, type InboxIndex } from "./inbox-index.ts";
import { createRecords, type InboxRecords } from "./inbox-records.ts";
import { isAsGivenOut, takeUp, type Rescued } from "./take-up.ts";
import { createMarkWriter, type MarkWriter } from "./write-marks.ts";

const DEFAULTS = { maxCount: 5_000, maxAgeMs: 7 * 24 * 3_600_000, maxAttempts: 8 } as const;
const NOTHING = new Uint8Array();

/** A message that is being read. */
export interface ReadMessage {
  readonly id: string;
  readonly account: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface InboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** So many entries are kept, those that wait not counted; 5000 unless given. */
  readonly maxCount?: number;
  /** And for so long; a week unless given. */
  readonly maxAgeMs?: number;
  /** After so many processes that began with it and did not live to end it, an entry is given up; eight unless given. */
  readonly maxAttempts?: number;
  /** Told what is given up unhandled, and why, in plain words. */
  readonly onGivenUp: (id: string, why: string) => void;
  /** Something was written. */
  readonly onChange: () => void;
  /** Writing failed: the session can be kept no longer. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * What was read, from before its acknowledgement until it is handled, and then long enough to know it again. Signal reads a
 * ciphertext once; so the plaintext is kept with the ratchet step that it took, in one transaction.
 */
export interface Inbox {
  /** What this ciphertext said, if it was read before: empty where nobody needs it any more. */
  recall(id: string, fingerprint: string): Uint8Array | undefined;
  /**
   * It is being read, until the returned function is called: what the store has of it may be half of it, so `rescue` gives
   * it to nobody meanwhile.
   */
  hold(id: string): () => void;
  /** A part was read. The change is to be committed with the ratchet. */
  note(message: ReadMessage, part: ReadPart): RecordChange;
  /** True for the one caller who shall handle it now; false where it is handled, or somebody is at it. */
  take(id: string): boolean;
  /** Every effect was accepted. */
  complete(id: string): void;
  /** It could not be handled now; `rescue` gives it out again. */
  snooze(id: string): void;
  /** There is nothing in it to handle. */
  setAside(id: string): void;
  /** It is not handled, and nobody tries any more. */
  giveUp(id: string, why: string): void;
  /** What this account was sent and nobody handles. */
  rescue(account: string): Rescued;
  /** Whether it still waits, and as it was given out: nobody took it, nobody reads it, and no part has been added. */
  isWaiting(entry: Entry): boolean;
  /**
   * Somebody is about to handle what an earlier process left. Resolves once that is noted, so that a message which kills every
   * process is known by it, and one which only waited is not.
   */
  begin(id: string): Promise<void>;
  /** How many entries wait for somebody to handle them, or are being handled. */
  readonly pending: number;
  /** Writes the marks that wait; resolves when they are committed. */
  flush(): Promise<void>;
}

interface Parts {
  readonly records: InboxRecords;
  readonly index: InboxIndex;
  readonly marks: MarkWriter;
  readonly clock: Clock;
}

const noteIn = ({ records, index, marks, clock }: Parts, message: ReadMessage, part: ReadPart): RecordChange => {
  const { id, account, attributes } = message;
  const old = index.get(id);
  const stored = old?.state === "pending" ? records.read(id) : undefined;
  const before = stored === "damaged" ? undefined : stored;
  const known = (old?.fingerprints ?? []).filter((fingerprint) => fingerprint !== part.fingerprint);
  const row = index.note(id, part.fingerprint, clock.now());
  marks.drop(id);
  if (row.state === "handled") return records.mark(id, row);
  const { sequence, at } = row;
  const parts = known.map(
    (fingerprint) =>
      before?.parts.find((each) => each.fingerprint === fingerprint) ?? { fingerprint, plaintext: NOTHING },
  );
  const attempts = before?.attempts ?? 1;
  return records.change({ id, sequence, state: "pending", at, attempts, account, attributes, parts: [...parts, part] });
};

const recallFrom = (
  records: InboxRecords,
  row: IndexRow | undefined,
  id: string,
  fingerprint: string,
): Uint8Array | undefined => {
  if (row === undefined || !row.fingerprints.includes(fingerprint)) return undefined;
  if (row.state !== "pending") return NOTHING;
  const entry = records.read(id);
  if (entry === "damaged") return NOTHING;
  // Not in the record where the ratchet step that read it was not committed: then it can be read again.
  return entry?.parts.find((part) => part.fingerprint === fingerprint)?.plaintext;
};

const loadAll = (records: InboxRecords, index: InboxIndex): string[] => {
  const entries: Entry[] = [];
  const damaged: string[] = [];
  for (const id of records.ids()) {
    const entry = records.read(id);
    if (entry === "damaged") damaged.push(id);
    else if (entry !== undefined) entries.push(entry);
  }
  index.load(entries);
  return damaged;
};

/**
 * Opens the inbox of a store, under `inbox/<id>`. An entry that cannot be read is given up; the others do not suffer.
 *
 * @throws BlackskyError what the store raises, except for a damaged record
 */
export const createInbox = (options: InboxOptions): Inbox => {
  const { store, clock, onGivenUp, onChange } = options;
  const limits = { ...DEFAULTS, ...options };
  const records = createRecords(store);
  const index = createIndex();
  const holds = createHolds();

  const changesOf = (ids: Iterable<string>): RecordChange[] => {
    const changes: RecordChange[] = [];
    for (const id of ids) {
      const row = index.get(id);
      // A mark says nothing of what was read.
      if (row !== undefined && row.state !== "pending") changes.push(records.mark(id, row));
    }
    for (const [id, { state }] of index.prune(limits, clock.now())) {
      changes.push(records.removal(id));
      if (state === "pending") onGivenUp(id, "it waited for too long");
    }
    return changes;
  };
  const marks = createMarkWriter({ ...options, changesOf });

  const end = (id: string, state: "handled" | "void"): void => {
    index.end(id, state, clock.now());
    marks.touch(id);
  };
  const giveUp = (id: string, why: string): void => {
    end(id, "handled");
    onGivenUp(id, why);
  };

  for (const id of loadAll(records, index)) {
    index.note(id, undefined, clock.now());
    giveUp(id, "its record is damaged");
  }

  return {
    recall: (id, fingerprint) => recallFrom(records, index.get(id), id, fingerprint),
    hold: (id) => holds.hold(id),
    note: (message, part) => noteIn({ records, index, marks, clock }, message, part),
    take(id) {
      const row = index.get(id) ?? index.note(id, undefined, clock.now());
      if (row.state === "handled" || row.isTaken) return false;
      row.isTaken = true;
      return true;
    },
    complete: (id) => end(id, "handled"),
    snooze(id) {
      const row = index.get(id);
      if (row !== undefined) row.isTaken = false;
    },
    setAside(id) {
      if (index.get(id)?.state === "pending") end(id, "void");
    },
    giveUp,
    rescue: (account) => takeUp({ records, index, holds, maxAttempts: limits.maxAttempts, giveUp }, account),
    isWaiting: (entry) => isAsGivenOut({ index, holds }, entry),
    async begin(id) {
      const row = index.get(id);
      if (row === undefined || row.isOurs || row.state !== "pending") return;
      row.isOurs = true;
      const entry = records.read(id);
      if (entry === undefined || entry === "damaged") return;
      await store.write([records.change({ ...entry, attempts: entry.attempts + 1 })]);
      onChange();
    },
    get pending() {
      return index.pending;
    },
    flush: () => marks.flush(),
  };
};
