import { systemClock } from "@blacksky/machine";
import type { Store } from "@blacksky/store";
import { proto, type WAMessageKey } from "@whiskeysockets/baileys";

const PREFIX = "sent-message/";
const TIME_BYTES = 6;

export interface SentMessagesOptions {
  readonly maxCount: number;
  readonly maxAgeMs: number;
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
  /** The message with this id. */
  recall(key: Pick<WAMessageKey, "id">): proto.IMessage | undefined;
}

const encode = (at: number, remoteJid: string, bytes: Uint8Array): Buffer => {
  const jid = Buffer.from(remoteJid, "utf8");
  const head = Buffer.alloc(TIME_BYTES + 1);
  head.writeUIntBE(at, 0, TIME_BYTES);
  head.writeUInt8(jid.length, TIME_BYTES);
  return Buffer.concat([head, jid, bytes]);
};

const sentAt = (record: Uint8Array): number => Buffer.from(record).readUIntBE(0, TIME_BYTES);

const messageOf = (record: Uint8Array): Uint8Array => record.subarray(TIME_BYTES + 1 + (record[TIME_BYTES] ?? 0));

/**
 * Opens the sent messages of a store. The chat is kept for people who look into the store; a retry may ask by the other
 * address of the same person, so the id alone decides.
 */
export const createSentMessages = (store: Store, options: SentMessagesOptions): SentMessages => {
  const { maxCount, maxAgeMs, now = () => systemClock.now() } = options;
  const oldestFirst = [...store.entries(PREFIX)]
    .map(({ key, value }) => ({ key, at: sentAt(value) }))
    .toSorted((a, b) => a.at - b.at);
  const times = new Map(oldestFirst.map(({ key, at }) => [key, at]));

  const outdated = (at: number): string[] => {
    const keys: string[] = [];
    let excess = times.size - maxCount;
    for (const [key, sent] of times) {
      if (excess <= 0 && at - sent <= maxAgeMs) break;
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
      await store.write([{ key, value: encode(at, remoteJid, bytes) }, ...deletions]);
    },
    recall({ id }) {
      const record = typeof id === "string" && id !== "" ? store.get(`${PREFIX}${id}`) : undefined;
      return record === undefined ? undefined : proto.Message.decode(messageOf(record));
    },
  };
};
