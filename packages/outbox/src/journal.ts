import type { RecordChange } from "@blacksky/store";
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
  /** Forgets what is over for long. */
  prune(): Promise<void>;
  /** Writes until when strangers are not written to. */
  saveHold(until: number | undefined): Promise<void>;
  /** What it says; empty where that cannot be read. */
  textOf(entry: Entry): Uint8Array;
  /** One whose newest state is being written: the store does not tell it yet. By message id. */
  beingWritten(messageId: string): Entry | undefined;
  /** Resolves when everything is committed, or has failed. */
  settled(): Promise<void>;
  /** True once the store has failed. */
  readonly hasFailed: boolean;
}

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

/**
 * @param lastSeq the greatest number in the store
 * @param underWay those that the store says to be in the middle of an attempt
 * @param forgettable tells, with each one that is over, whose record is to go
 */
export const createJournal = (
  options: Pick<OutboxOptions, "store" | "onChange" | "onFailure">,
  {
    lastSeq,
    underWay: found,
    forgettable,
  }: { readonly lastSeq: number; readonly underWay: readonly Entry[]; readonly forgettable: () => number[] },
): Journal => {
  const { store } = options;
  const writer = createWriter(options);
  const write: Writer["write"] = (describe) => writer.write(describe);
  const unwritten = new Map<string, { readonly entry: Entry }>();
  const underWay = createUnderWay(found, write);
  let seq = lastSeq;

  const textOf = (entry: Entry): Uint8Array => {
    try {
      return readText(store, entry.seq);
    } catch (error) {
      if (isOneRecord(error)) return NO_TEXT;
      throw error;
    }
  };

  const recordOf = (entry: Entry, text = keepsText(entry) ? textOf(entry) : NO_TEXT): NotificationRecord => {
    const { id, to, priority, createdAt, state } = entry;
    return { id, to, priority, createdAt, state, text };
  };

  /** What is over is looked for in the store, which has it only in a moment. */
  const followed = async (entry: Entry, written: Promise<void>): Promise<void> => {
    const mine = { entry };
    unwritten.set(entry.messageId, mine);
    try {
      await written;
    } finally {
      if (unwritten.get(entry.messageId) === mine) unwritten.delete(entry.messageId);
    }
  };

  return {
    nextSeq: () => (seq += 1),
    begin: (entry) => underWay.begin(entry),
    enter: (fresh) => write(() => fresh.map(({ entry, text }) => putNotification(entry.seq, recordOf(entry, text)))),
    save(entry) {
      const ended = entry.state.status === "executing" ? [] : underWay.end(entry);
      if (isPending(entry.state)) return write(() => [putNotification(entry.seq, recordOf(entry)), ...ended]);
      const written = write(() => [
        putNotification(entry.seq, recordOf(entry)),
        ...forgettable().map((old) => forgetNotification(old)),
      ]);
      return followed(entry, written);
    },
    requeue: (entry) =>
      write(() => {
        const record = recordOf(entry);
        const forgotten = forgetNotification(entry.seq);
        entry.seq = seq += 1;
        return [forgotten, putNotification(entry.seq, record)];
      }),
    async prune() {
      const old = forgettable();
      if (old.length > 0) await write(() => old.map((one) => forgetNotification(one)));
    },
    saveHold: (until) => write(() => [putHold(until)]),
    textOf,
    beingWritten: (messageId) => unwritten.get(messageId)?.entry,
    settled: () => writer.settled(),
    get hasFailed() {
      return writer.hasFailed;
    },
  };
};
