import { systemClock } from "@blacksky/machine";
import type { Store } from "@blacksky/store";
import { jidDecode, proto, type WAMessageKey } from "@whiskeysockets/baileys";
import { recordCorrupt } from "./session-errors.ts";

const PREFIX = "sent-message/";
const DEFAULT_MAX_COUNT = 2_000;
const DEFAULT_MAX_AGE_MS = 7 * 24 * 3_600_000;

/** A record: form, time of sending, length of the address, address, message. Another form gets another number. */
const FORM = 1;
const TIME_BYTES = 6;
const HEAD_BYTES = 1 + TIME_BYTES + 1;

export interface SentMessagesOptions {
  /** 2000 unless given. */
  readonly maxCount?: number;
  /** A week unless given. */
  readonly maxAgeMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What we have sent, for recipients that could not read it and ask again, also after a restart. */
export interface SentMessages {
  /**
   * Keeps a message, and forgets those that are too many or too old; one transaction.
   *
   * @param bytes the encoded `proto.Message`
   */
  remember(id: string, remoteJid: string, bytes: Uint8Array): Promise<void>;
  /** The message with this id; `undefined` when it is unknown, too old, or went to somebody else. */
  recall(key: Pick<WAMessageKey, "id" | "remoteJid">): proto.IMessage | undefined;
  /** Whom something was sent to, each with the time of the newest message in epoch milliseconds. */
  recipients(): Map<string, number>;
}

interface SentMessage {
  readonly at: number;
  readonly remoteJid: string;
  readonly bytes: Uint8Array;
}

const encode = ({ at, remoteJid, bytes }: SentMessage): Buffer => {
  const jid = Buffer.from(remoteJid, "utf8");
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(FORM, 0);
  head.writeUIntBE(at, 1, TIME_BYTES);
  head.writeUInt8(jid.length, 1 + TIME_BYTES);
  return Buffer.concat([head, jid, bytes]);
};

const decode = (record: Uint8Array): SentMessage => {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  if (bytes.length < HEAD_BYTES || bytes[0] !== FORM) throw recordCorrupt("sent-message", "its form is not known");
  const messageAt = HEAD_BYTES + bytes.readUInt8(1 + TIME_BYTES);
  return {
    at: bytes.readUIntBE(1, TIME_BYTES),
    remoteJid: bytes.toString("utf8", HEAD_BYTES, messageAt),
    bytes: bytes.subarray(messageAt),
  };
};

/** Two addresses of one server are two people or one; a number and a LID may well be one person. */
const isSomebodyElse = (asking: string | null | undefined, sentTo: string): boolean => {
  const [left, right] = [jidDecode(asking ?? undefined), jidDecode(sentTo)];
  return left !== undefined && right !== undefined && left.server === right.server && left.user !== right.user;
};

/**
 * Opens the sent messages of a store, under `sent-message/<id>`. A retry may ask by the other address of the same
 * person; one who only knows the id of another person's message gets nothing.
 *
 * @throws BlackskyError `session.recordCorrupt`, `store.corruptRecord`
 */
export const createSentMessages = (store: Store, options: SentMessagesOptions = {}): SentMessages => {
  const { maxCount = DEFAULT_MAX_COUNT, maxAgeMs = DEFAULT_MAX_AGE_MS, now = () => systemClock.now() } = options;
  const oldestFirst = Array.from(store.entries(PREFIX), ({ key, value }) => ({ key, at: decode(value).at })).toSorted(
    (a, b) => a.at - b.at,
  );
  const times = new Map(oldestFirst.map(({ key, at }) => [key, at]));

  const outdated = (at: number): string[] => {
    const keys: string[] = [];
    let excess = times.size - maxCount;
    for (const [key, sent] of times) {
      if (excess <= 0 && at - sent < maxAgeMs) break;
      excess -= 1;
      keys.push(key);
    }
    return keys;
  };

  return {
    async remember(id, remoteJid, bytes) {
      const key = `${PREFIX}${id}`;
      const at = now();
      times.delete(key);
      times.set(key, at);
      const forgotten = outdated(at);
      for (const old of forgotten) times.delete(old);
      const deletions = forgotten.map((old) => ({ key: old, value: undefined }));
      await store.write([{ key, value: encode({ at, remoteJid, bytes }) }, ...deletions]);
    },
    recall({ id, remoteJid }) {
      const record = typeof id === "string" && id !== "" ? store.get(`${PREFIX}${id}`) : undefined;
      if (record === undefined) return undefined;
      const sent = decode(record);
      const isTooOld = now() - sent.at >= maxAgeMs;
      return isTooOld || isSomebodyElse(remoteJid, sent.remoteJid) ? undefined : proto.Message.decode(sent.bytes);
    },
    recipients() {
      const newest = new Map<string, number>();
      for (const { value } of store.entries(PREFIX)) {
        const { remoteJid, at } = decode(value);
        newest.set(remoteJid, Math.max(at, newest.get(remoteJid) ?? 0));
      }
      return newest;
    },
  };
};
