import type { RecordChange } from "@blacksky/store";
import type { Entry } from "./entry.ts";
import { isPending } from "./notification/state.ts";
import type { OutboxOptions } from "./options.ts";
import type { NotificationRecord } from "./record.ts";
import { forgetNotification, isOneRecord, putHold, putNotification, readNotification } from "./records.ts";

/** Writes down what becomes of notifications. Each write is committed when its promise resolves, in the order of the calls. */
export interface Journal {
  /** The greatest number so far, and one. */
  nextSeq(): number;
  /** Writes it as it is now. `text`: where it is at hand, or is to be read first. */
  save(entry: Entry, text?: Uint8Array): Promise<void>;
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

/**
 * @param lastSeq the greatest number in the store
 * @param forgettable tells, with each one that is over, whose record is to go
 */
export const createJournal = (
  { store, onChange, onFailure }: Pick<OutboxOptions, "store" | "onChange" | "onFailure">,
  { lastSeq, forgettable }: { readonly lastSeq: number; readonly forgettable: () => number[] },
): Journal => {
  let seq = lastSeq;
  let hasFailed = false;
  let last: Promise<unknown> = Promise.resolve();
  const underWay = new Map<string, { readonly entry: Entry }>();

  /** Whatever goes wrong here, what is in memory and what is in the store differ from then on. */
  const write = async (describe: () => readonly RecordChange[]): Promise<void> => {
    try {
      const written = store.write(describe());
      last = written.catch(() => undefined);
      await written;
      onChange();
    } catch (error) {
      if (!hasFailed) onFailure(error);
      hasFailed = true;
      throw error;
    }
  };

  const textOf = (entry: Entry): Uint8Array => {
    try {
      return readNotification(store, entry.seq)?.text ?? NO_TEXT;
    } catch (error) {
      if (isOneRecord(error)) return NO_TEXT;
      throw error;
    }
  };

  const recordOf = (entry: Entry, text?: Uint8Array): NotificationRecord => {
    const { id, to, priority, createdAt, state } = entry;
    return { id, to, priority, createdAt, state, text: keepsText(entry) ? (text ?? textOf(entry)) : NO_TEXT };
  };

  const writeEntry = async (entry: Entry, describe: () => readonly RecordChange[]): Promise<void> => {
    const mine = { entry };
    underWay.set(entry.messageId, mine);
    try {
      await write(describe);
    } finally {
      if (underWay.get(entry.messageId) === mine) underWay.delete(entry.messageId);
    }
  };

  return {
    nextSeq: () => (seq += 1),
    save: (entry, text) =>
      writeEntry(entry, () => {
        const change = putNotification(entry.seq, recordOf(entry, text));
        return isPending(entry.state) ? [change] : [change, ...forgettable().map((old) => forgetNotification(old))];
      }),
    requeue: (entry) =>
      writeEntry(entry, () => {
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
    beingWritten: (messageId) => underWay.get(messageId)?.entry,
    async settled() {
      await last;
    },
    get hasFailed() {
      return hasFailed;
    },
  };
};
