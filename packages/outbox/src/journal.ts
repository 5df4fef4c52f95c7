import type { RecordChange } from "@blacksky/store";
import { createAccepted, type FoundPage } from "./accepted.ts";
import type { Entry } from "./entry.ts";
import { isPending } from "./notification/state.ts";
import type { OutboxOptions } from "./options.ts";
import type { NotificationRecord } from "./record.ts";
import { forgetNotification, isOneRecord, putHold, putNotification, readText } from "./records.ts";
import { createUnderWay } from "./under-way.ts";

/** One that was just handed in, and what it says in UTF-8. */
export interface NewEntry {
  readonly entry: Entry;
  readonly text: Uint8Array;
}

/** Writes down what becomes of notifications. Each write is committed when its promise resolves, in the order of the calls. */
export interface Journal {
  /** The greatest number so far, and one. */
  nextSeq(): number;
  /** Notes that an attempt begins; those that begin together share a write. */
  begin(entry: Entry): Promise<void>;
  /** Writes new ones: all, or none. */
  enter(fresh: readonly NewEntry[]): Promise<void>;
  /** Writes it as it is now. */
  save(entry: Entry): Promise<void>;
  /** Writes it as it is now under the next number. */
  requeue(entry: Entry): Promise<void>;
  /** Forgets what is over for long, and writes whole what was noted before this moment and nobody has a receipt for. */
  tidy(notedUntil: number): Promise<void>;
  /** Writes until when strangers are not written to. */
  saveHold(until: number | undefined): Promise<void>;
  /** What it says; empty where that cannot be read. */
  textOf(entry: Entry): Uint8Array;
  /** One whose record does not say its newest state, or not yet. */
  unwritten(messageId: string, seq: number): Entry | undefined;
  /** Resolves when everything is committed, or has failed. */
  settled(): Promise<void>;
  /** True once the store has failed. */
  readonly hasFailed: boolean;
}

/** A long list is written in several turns of the event loop. */
const TIDY_AT_ONCE = 200;
const NO_TEXT = new Uint8Array();

/** Who was given up may be tried again; of the others nothing will ever be sent. */
const keepsText = ({ state }: Entry): boolean => isPending(state) || state.status === "discarded";

interface Writer {
  /** Committed, in the order of the calls, when it resolves. */
  write(describe: () => readonly RecordChange[]): Promise<void>;
  settled(): Promise<void>;
  readonly hasFailed: boolean;
}

/** Whatever goes wrong here, what is in memory and what is in the store differ from then on. */
const createWriter = ({
  store,
  onChange,
  onFailure,
}: Pick<OutboxOptions, "store" | "onChange" | "onFailure">): Writer => {
  let hasFailed = false;
  let last: Promise<unknown> = Promise.resolve();
  const fail = (error: unknown): never => {
    if (!hasFailed) onFailure(error);
    hasFailed = true;
    throw error;
  };
  return {
    write(describe) {
      try {
        const written = store.write(describe()).then(() => onChange(), fail);
        last = written.catch(() => undefined);
        return written;
      } catch (error) {
        return Promise.reject(error as Error).catch(fail);
      }
    },
    async settled() {
      await last;
    },
    get hasFailed() {
      return hasFailed;
    },
  };
};

const readTextOf = (store: OutboxOptions["store"], { seq }: Entry): Uint8Array => {
  try {
    return readText(store, seq);
  } catch (error) {
    if (isOneRecord(error)) return NO_TEXT;
    throw error;
  }
};

const describeEntry = ({ id, to, priority, createdAt, state }: Entry, text: Uint8Array): NotificationRecord => ({
  id,
  to,
  priority,
  createdAt,
  state,
  text,
});

/** Those that are being written: what is over is looked for in the store, which has it only in a moment. By message id. */
const createFollowing = () => {
  const beingWritten = new Map<string, { readonly entry: Entry }>();
  return {
    get: (messageId: string): Entry | undefined => beingWritten.get(messageId)?.entry,
    async until(written: Promise<void>, entry: Entry): Promise<void> {
      const mine = { entry };
      beingWritten.set(entry.messageId, mine);
      try {
        await written;
      } finally {
        if (beingWritten.get(entry.messageId) === mine) beingWritten.delete(entry.messageId);
      }
    },
  };
};

/** What a journal begins with. */
interface JournalStart {
  /** The greatest number in the store. */
  readonly lastSeq: number;
  /** Those that the store says to be in the middle of an attempt. */
  readonly underWay: readonly Entry[];
  /** Those that it only notes to be accepted. */
  readonly accepted: readonly FoundPage[];
  /** Tells, with each one that is over, whose record is to go. */
  readonly forgettable: () => number[];
}

/** A journal that goes on where the store ends. */
export const createJournal = (
  options: Pick<OutboxOptions, "store" | "onChange" | "onFailure">,
  { lastSeq, underWay: found, accepted: foundPages, forgettable }: JournalStart,
): Journal => {
  const textOf = (entry: Entry): Uint8Array => readTextOf(options.store, entry);
  const recordOf = (entry: Entry): NotificationRecord =>
    describeEntry(entry, keepsText(entry) ? textOf(entry) : NO_TEXT);
  const writer = createWriter(options);
  const write: Writer["write"] = (describe) => writer.write(describe);
  const following = createFollowing();
  const underWay = createUnderWay(found, write);
  const forget = (): RecordChange[] =>
    forgettable().flatMap((old) => [forgetNotification(old), ...accepted.settle(old)]);
  const accepted = createAccepted(foundPages, (describe) => write(() => [...describe(), ...forget()]));
  let newest = lastSeq;

  const putOver = (entry: Entry): RecordChange[] => [
    putNotification(entry.seq, recordOf(entry)),
    ...accepted.settle(entry.seq),
  ];

  return {
    nextSeq: () => (newest += 1),
    begin: (entry) => underWay.begin(entry),
    enter: (fresh) =>
      write(() => fresh.map(({ entry, text }) => putNotification(entry.seq, describeEntry(entry, text)))),
    save(entry) {
      const ended = entry.state.status === "executing" ? [] : underWay.end(entry);
      if (isPending(entry.state)) return write(() => [putNotification(entry.seq, recordOf(entry)), ...ended]);
      if (entry.state.status === "sent") return accepted.note(entry);
      const written = write(() => [...putOver(entry), ...forget()]);
      return following.until(written, entry);
    },
    requeue: (entry) =>
      write(() => {
        const record = recordOf(entry);
        const forgotten = forgetNotification(entry.seq);
        entry.seq = newest += 1;
        return [forgotten, putNotification(entry.seq, record)];
      }),
    async tidy(notedUntil) {
      const noted = accepted.notedUntil(notedUntil);
      for (let at = 0; at < noted.length; at += TIDY_AT_ONCE) {
        // Receipts and forgetting have come before some of them meanwhile.
        const some = noted.slice(at, at + TIDY_AT_ONCE).filter(({ seq }) => accepted.get(seq) !== undefined);
        const written = write(() => some.flatMap(putOver));
        await Promise.all(some.map((entry) => following.until(written, entry)));
      }
      const forgotten = forget();
      if (forgotten.length > 0) await write(() => forgotten);
    },
    saveHold: (until) => write(() => [putHold(until)]),
    textOf,
    unwritten: (messageId, seq) => following.get(messageId) ?? accepted.get(seq),
    async settled() {
      await accepted.settled();
      await writer.settled();
    },
    get hasFailed() {
      return writer.hasFailed;
    },
  };
};
