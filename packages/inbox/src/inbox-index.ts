import type { Entry, EntryState } from "./entry.ts";

/** What is known of an entry without reading it. */
export interface IndexRow {
  readonly sequence: number;
  state: EntryState;
  /** Epoch milliseconds. */
  at: number;
  fingerprints: readonly string[];
  /** Somebody is at it. */
  isTaken: boolean;
  /** It was read by this process, or it is noted that this process has begun with it. */
  isOurs: boolean;
}

/** The entries by id, in the order of their arrival. */
export interface InboxIndex {
  get(id: string): IndexRow | undefined;
  /** Entries that were stored before. */
  load(entries: readonly Entry[]): void;
  /** A part with this fingerprint was read, or the message came without one; what is handled stays so. */
  note(id: string, fingerprint: string | undefined, now: number): IndexRow;
  end(id: string, state: "handled" | "void", now: number): void;
  /** Pending, and nobody is at them; in the order of arrival. */
  waiting(): string[];
  /** Forgets what is too old, and what is over and too much. What somebody is at stays. */
  prune(limits: { readonly maxCount: number; readonly maxAgeMs: number }, now: number): [string, IndexRow][];
  readonly pending: number;
}

/** An index without entries. */
export const createIndex = (): InboxIndex => {
  const rows = new Map<string, IndexRow>();
  let newest = 0;
  let pending = 0;

  const enter = (id: string, row: IndexRow): IndexRow => {
    rows.set(id, row);
    newest = Math.max(newest, row.sequence);
    if (row.state === "pending") pending += 1;
    return row;
  };
  const turn = (row: IndexRow, state: EntryState): void => {
    if (row.state === "pending") pending -= 1;
    if (state === "pending") pending += 1;
    row.state = state;
  };

  return {
    get: (id) => rows.get(id),
    load(entries) {
      for (const { id, sequence, state, at, parts } of entries.toSorted(
        (one, other) => one.sequence - other.sequence,
      )) {
        const fingerprints = parts.map(({ fingerprint }) => fingerprint);
        enter(id, { sequence, state, at, fingerprints, isTaken: false, isOurs: false });
      }
    },
    note(id, fingerprint, now) {
      const row = rows.get(id) ?? {
        sequence: newest + 1,
        state: "pending" as const,
        at: now,
        fingerprints: [],
        isTaken: false,
        isOurs: true,
      };
      if (fingerprint !== undefined) row.fingerprints = [...new Set([...row.fingerprints, fingerprint])];
      if (!rows.has(id)) return enter(id, row);
      if (row.state === "void") turn(row, "pending");
      return row;
    },
    end(id, state, now) {
      const row = rows.get(id);
      if (row === undefined) return;
      turn(row, state);
      row.at = now;
      row.isTaken = false;
    },
    waiting: () => [...rows].filter(([, { state, isTaken }]) => state === "pending" && !isTaken).map(([id]) => id),
    prune({ maxCount, maxAgeMs }, now) {
      const forgotten: [string, IndexRow][] = [];
      for (const [id, row] of rows) {
        const isOld = now - row.at >= maxAgeMs;
        if (!isOld && rows.size <= maxCount) break;
        if (row.isTaken || (row.state === "pending" && !isOld)) continue;
        if (row.state === "pending") pending -= 1;
        rows.delete(id);
        forgotten.push([id, row]);
      }
      return forgotten;
    },
    get pending() {
      return pending;
    },
  };
};
