import { errorCode } from "@blacksky/errors";
import type { RecordChange, Store } from "@blacksky/store";
import { decodeEntry, encodeEntry } from "./entry-codec.ts";
import type { Entry, EntryState } from "./entry.ts";

const PREFIX = "inbox/";
const NOTHING = new Uint8Array();

/** What is left of an entry that is over: enough to know it again. */
export interface Mark {
  readonly sequence: number;
  readonly state: EntryState;
  readonly at: number;
  readonly fingerprints: readonly string[];
}

/** The entries of a store. */
export interface InboxRecords {
  ids(): Iterable<string>;
  /** The entry; `undefined` where there is none, `damaged` where it cannot be read. What else ails the store is thrown. */
  read(id: string): Entry | "damaged" | undefined;
  change(entry: Entry): RecordChange;
  mark(id: string, mark: Mark): RecordChange;
  removal(id: string): RecordChange;
}

const isDamage = (error: unknown): boolean => ["inbox.corruptEntry", "store.corruptRecord"].includes(errorCode(error));

/** Under `inbox/<id>`. */
export const createRecords = (store: Store): InboxRecords => {
  const change = (entry: Entry): RecordChange => ({ key: `${PREFIX}${entry.id}`, value: encodeEntry(entry) });
  return {
    change,
    *ids() {
      for (const key of store.keys(PREFIX)) yield key.slice(PREFIX.length);
    },
    read(id) {
      try {
        const record = store.get(`${PREFIX}${id}`);
        return record === undefined ? undefined : decodeEntry(id, record);
      } catch (error) {
        if (isDamage(error)) return "damaged";
        throw error;
      }
    },
    mark(id, { sequence, state, at, fingerprints }) {
      const parts = fingerprints.map((fingerprint) => ({ fingerprint, plaintext: NOTHING }));
      return change({ id, sequence, state, at, attempts: 0, account: "", attributes: {}, parts });
    },
    removal: (id) => ({ key: `${PREFIX}${id}`, value: undefined }),
  };
};
