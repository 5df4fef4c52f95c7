import type { RecordChange } from "@blacksky/store";
import type { Entry } from "./entry.ts";
import { forgetAccepted, putAccepted, type AcceptedNote } from "./records.ts";
import { nextTurn } from "./turns.ts";

/** So many notes make a page; the last one is written again with each turn that adds to it. */
const PAGE_NOTES = 64;

/**
 * Which have been accepted since their records were written. Dozens of notes share a small record, where each notification
 * would have to be written whole, only to be written once more when its recipient has it.
 */
export interface Accepted {
  /** Notes that the server has it; resolves once that is committed. */
  note(entry: Entry): Promise<void>;
  /** The one with this number, if it is noted. */
  get(seq: number): Entry | undefined;
  /** Its record is written as it is now, or goes: what else belongs into that write. */
  settle(seq: number): readonly RecordChange[];
  /** Those that are noted since this moment or longer, the oldest first. */
  notedUntil(at: number): Entry[];
  /** Resolves when every note is being written. */
  settled(): Promise<void>;
}

/** Notes that are stored together. */
interface Page {
  readonly number: number;
  readonly notes: AcceptedNote[];
  /** The numbers of those whose records do not say it yet. */
  readonly waiting: Set<number>;
}

/** Notes of a store, and those that they concern. */
export interface FoundPage {
  readonly number: number;
  readonly entries: readonly Entry[];
}

/**
 * @param found what the store says
 * @param write commits these changes, in the order of the calls
 */
export const createAccepted = (
  found: readonly FoundPage[],
  write: (describe: () => readonly RecordChange[]) => Promise<void>,
): Accepted => {
  const noted = new Map<number, { readonly entry: Entry; readonly page: Page }>();
  const changed = new Set<Page>();
  let useless: RecordChange[] = [];
  let open: Page | undefined;
  let lastNumber = 0;
  let committing: Promise<void> | undefined;

  const isUseless = (page: Page): boolean => page !== open && page.waiting.size === 0;
  const enter = (page: Page, entry: Entry): void => {
    page.waiting.add(entry.seq);
    noted.set(entry.seq, { entry, page });
  };

  for (const { number, entries } of found) {
    lastNumber = Math.max(lastNumber, number);
    const page: Page = { number, notes: [], waiting: new Set() };
    for (const entry of entries) enter(page, entry);
    if (isUseless(page)) useless.push(forgetAccepted(number));
  }

  const pageForNext = (): Page => {
    if (open !== undefined && open.notes.length < PAGE_NOTES) return open;
    const full = open;
    open = { number: (lastNumber += 1), notes: [], waiting: new Set() };
    if (full !== undefined && isUseless(full)) useless.push(forgetAccepted(full.number));
    return open;
  };
  const describe = (): RecordChange[] => {
    const pages = [...changed].filter((page) => !isUseless(page));
    const changes = [...pages.map(({ number, notes }) => putAccepted(number, notes)), ...useless];
    changed.clear();
    useless = [];
    return changes;
  };
  const commit = async (): Promise<void> => {
    // Acknowledgements come in swarms: those of one turn are noted with one write.
    await nextTurn();
    committing = undefined;
    await write(describe);
  };

  return {
    note(entry) {
      const page = pageForNext();
      page.notes.push({ seq: entry.seq, at: entry.state.changedAt, attempts: entry.state.attempts });
      enter(page, entry);
      changed.add(page);
      committing ??= commit();
      return committing;
    },
    get: (seq) => noted.get(seq)?.entry,
    settle(seq) {
      const page = noted.get(seq)?.page;
      if (page === undefined) return [];
      noted.delete(seq);
      page.waiting.delete(seq);
      return isUseless(page) ? [forgetAccepted(page.number)] : [];
    },
    notedUntil(at) {
      const old: Entry[] = [];
      for (const { entry } of noted.values()) {
        if (entry.state.changedAt > at) break;
        old.push(entry);
      }
      return old;
    },
    async settled() {
      await committing?.catch(() => undefined);
    },
  };
};
