import { errorCode } from "@blacksky/errors";
import type { RecordChange, Store } from "@blacksky/store";
import { decodeRecord, decodeText, encodeRecord, type NotificationRecord } from "./record.ts";

const PREFIX = "outbox/";
const HOLD_KEY = `${PREFIX}hold`;
const ACCEPTED_PREFIX = `${PREFIX}accepted-`;
/** Beside the notifications. */
export const UNDER_WAY_KEY = `${PREFIX}under-way`;
const NUMBER_BYTES = 6;
const NOTE_BYTES = 2 * NUMBER_BYTES + 1;
const MAX_BYTE = 255;
const SEQUENCE = /^[0-9a-f]{12}$/;
const SEQUENCE_DIGITS = 12;

/** Who is told of what a store holds for the outbox. */
export interface LoadListener {
  /** In the order of their numbers, by which those of a chat are ordered. */
  readonly onNotification: (seq: number, record: NotificationRecord) => void;
  /** One cannot be read; it stays where it is. */
  readonly onUnreadable: (error: unknown) => void;
}

/** One was accepted by the server after its record was written. */
export interface AcceptedNote {
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Those that counted, the last one included. */
  readonly attempts: number;
}

/** What else there is. */
export interface Loaded {
  /** The greatest number in use. */
  readonly lastSeq: number;
  /** Until when nothing is written to strangers; epoch milliseconds. */
  readonly holdUntil: number | undefined;
  /** The numbers of those whose attempt had begun, some of which may be over. */
  readonly underWay: ReadonlySet<number>;
}

/** The key of the notification with this number. */
export const keyOfNotification = (seq: number): string => PREFIX + seq.toString(16).padStart(SEQUENCE_DIGITS, "0");

/** The change that stores it. */
export const putNotification = (seq: number, record: NotificationRecord): RecordChange => ({
  key: keyOfNotification(seq),
  value: encodeRecord(record),
});

/** The change that forgets it. */
export const forgetNotification = (seq: number): RecordChange => ({ key: keyOfNotification(seq), value: undefined });

/** The change that notes until when nothing is written to strangers. */
export const putHold = (until: number | undefined): RecordChange => ({
  key: HOLD_KEY,
  value: until === undefined ? undefined : Buffer.from(String(until)),
});

/** The change that notes whose attempts have begun: one small record for all, where each would have to be written whole. */
export const putUnderWay = (seqs: Iterable<number>): RecordChange => {
  const all = [...seqs];
  const value = Buffer.allocUnsafe(all.length * NUMBER_BYTES);
  for (const [index, seq] of all.entries()) value.writeUIntBE(seq, index * NUMBER_BYTES, NUMBER_BYTES);
  return { key: UNDER_WAY_KEY, value };
};

/** The numbers in such a note; of one that was cut, those that are whole. */
export const decodeUnderWay = (note: Uint8Array): Set<number> => {
  const bytes = Buffer.from(note);
  const count = Math.floor(bytes.length / NUMBER_BYTES);
  return new Set(Array.from({ length: count }, (_, index) => bytes.readUIntBE(index * NUMBER_BYTES, NUMBER_BYTES)));
};

const keyOfAccepted = (page: number): string => ACCEPTED_PREFIX + page.toString(16).padStart(SEQUENCE_DIGITS, "0");

/** The change that stores a page of notes. */
export const putAccepted = (page: number, notes: readonly AcceptedNote[]): RecordChange => {
  const value = Buffer.allocUnsafe(notes.length * NOTE_BYTES);
  let start = 0;
  for (const { seq, at, attempts } of notes) {
    value.writeUIntBE(seq, start, NUMBER_BYTES);
    value.writeUIntBE(at, start + NUMBER_BYTES, NUMBER_BYTES);
    value[start + 2 * NUMBER_BYTES] = Math.min(MAX_BYTE, attempts);
    start += NOTE_BYTES;
  }
  return { key: keyOfAccepted(page), value };
};

/** The change that forgets a page. */
export const forgetAccepted = (page: number): RecordChange => ({ key: keyOfAccepted(page), value: undefined });

const decodeAccepted = (bytes: Buffer): AcceptedNote[] =>
  Array.from({ length: Math.floor(bytes.length / NOTE_BYTES) }, (_, index) => {
    const start = index * NOTE_BYTES;
    return {
      seq: bytes.readUIntBE(start, NUMBER_BYTES),
      at: bytes.readUIntBE(start + NUMBER_BYTES, NUMBER_BYTES),
      attempts: bytes.readUInt8(start + 2 * NUMBER_BYTES),
    };
  });

/** One damaged record is its own trouble; what ails the whole store is not for us to hide. */
export const isOneRecord = (error: unknown): boolean =>
  ["outbox.recordCorrupt", "store.corruptRecord"].includes(errorCode(error));

/** Empty where it is damaged: the notifications themselves are more than what is told beside them. */
const readAside = (store: Pick<Store, "get">, key: string): Buffer => {
  try {
    return Buffer.from(store.get(key) ?? []);
  } catch (error) {
    if (isOneRecord(error)) return Buffer.alloc(0);
    throw error;
  }
};

/** The pages of notes, by number; of one that was cut the notes that are whole, of one that is damaged none. */
export const readAccepted = (store: Pick<Store, "get" | "keys">): Map<number, readonly AcceptedNote[]> => {
  const pages = new Map<number, readonly AcceptedNote[]>();
  for (const key of store.keys(ACCEPTED_PREFIX)) {
    const name = key.slice(ACCEPTED_PREFIX.length);
    if (SEQUENCE.test(name)) pages.set(Number.parseInt(name, 16), decodeAccepted(readAside(store, key)));
  }
  return pages;
};

/**
 * The notification with this number; `undefined` where there is none.
 *
 * @throws BlackskyError `outbox.recordCorrupt`, `store.corruptRecord`
 */
export const readNotification = (store: Pick<Store, "get">, seq: number): NotificationRecord | undefined => {
  const bytes = store.get(keyOfNotification(seq));
  return bytes === undefined ? undefined : decodeRecord(bytes);
};

/**
 * What the notification with this number says; empty where there is none.
 *
 * @throws BlackskyError `outbox.recordCorrupt`, `store.corruptRecord`
 */
export const readText = (store: Pick<Store, "get">, seq: number): Uint8Array => {
  const bytes = store.get(keyOfNotification(seq));
  return bytes === undefined ? new Uint8Array() : decodeText(bytes);
};

const readHold = (store: Pick<Store, "get">): number | undefined => {
  const until = Number(readAside(store, HOLD_KEY).toString("utf8"));
  return Number.isSafeInteger(until) && until > 0 ? until : undefined;
};

/**
 * Tells everything of the outbox in a store, one after the other: all the texts together may be more than fits into memory.
 */
export const loadNotifications = (
  store: Pick<Store, "get" | "keys">,
  { onNotification, onUnreadable }: LoadListener,
): Loaded => {
  let lastSeq = 0;
  for (const key of store.keys(PREFIX)) {
    const name = key.slice(PREFIX.length);
    if (!SEQUENCE.test(name)) continue;
    lastSeq = Number.parseInt(name, 16);
    let record: NotificationRecord | undefined;
    try {
      record = readNotification(store, lastSeq);
    } catch (error) {
      if (!isOneRecord(error)) throw error;
      onUnreadable(error);
    }
    if (record !== undefined) onNotification(lastSeq, record);
  }
  return { lastSeq, holdUntil: readHold(store), underWay: decodeUnderWay(readAside(store, UNDER_WAY_KEY)) };
};
