import { entryId, fingerprintOf, type Inbox, type ReadMessage } from "@blacksky/inbox";
import { COMPANION_KIND } from "@blacksky/session";
import { bareJid } from "@blacksky/whatsapp";
import type { RecordChange } from "@blacksky/store";
import type { BinaryNode, SignalDataSet, WASocket } from "@whiskeysockets/baileys";
import { AsyncLocalStorage } from "node:async_hooks";
import { nameOfStanza } from "./message-name.ts";

/** Where what was read is kept. */
export type ReadJournal = Pick<Inbox, "recall" | "note" | "hold">;

/** Does the work on this stanza; whatever it reads is journalled under the stanza's name. */
export type ReadingStanza = <T>(stanza: BinaryNode, work: () => Promise<T>) => Promise<T>;

/** What a message that is handled is read as when it comes again: nothing, padded as Signal's plaintexts are here. */
const HANDLED = Uint8Array.of(1);

const companions = ({ key, value }: RecordChange): SignalDataSet =>
  ({ [COMPANION_KIND]: { [key]: value ?? null } }) as SignalDataSet;

/** A stanza that is being read. */
interface Reading {
  readonly message: ReadMessage;
  /** The group keys in it that were learnt already. */
  readonly learnt: Set<string>;
}

type Socket = Pick<WASocket, "signalRepository" | "authState">;

/**
 * Baileys acknowledges a message before it tells of it, and Signal reads a ciphertext once. Here what was read is stored
 * with the ratchet step that it took, in one transaction, so before the acknowledgement; and what comes again is not read
 * again, but remembered.
 *
 * @param socket its Signal repository is changed in place
 */
export const journalReads = ({ signalRepository, authState }: Socket, journal: ReadJournal): ReadingStanza => {
  const { keys } = authState;
  const reading = new AsyncLocalStorage<Reading>();
  // One that is read ahead is handled later, as the same stanza.
  const known = new WeakMap<BinaryNode, Reading>();

  const readOnce = async (
    ciphertext: Uint8Array,
    lane: string,
    decrypt: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> => {
    const { message } = reading.getStore() ?? {};
    if (message === undefined) return decrypt();
    const fingerprint = fingerprintOf(ciphertext);
    const before = journal.recall(message.id, fingerprint);
    if (before !== undefined) return before.length === 0 ? HANDLED : before;
    return keys.transaction(async () => {
      const plaintext = await decrypt();
      await keys.set(companions(journal.note(message, { fingerprint, plaintext })));
      return plaintext;
    }, lane);
  };

  const decryptMessage = signalRepository.decryptMessage.bind(signalRepository);
  signalRepository.decryptMessage = (message) =>
    readOnce(message.ciphertext, message.jid, () => decryptMessage(message));
  const decryptGroupMessage = signalRepository.decryptGroupMessage.bind(signalRepository);
  signalRepository.decryptGroupMessage = (message) =>
    readOnce(message.msg, message.group, () => decryptGroupMessage(message));

  const learn = signalRepository.processSenderKeyDistributionMessage.bind(signalRepository);
  signalRepository.processSenderKeyDistributionMessage = async (message) => {
    const learnt = reading.getStore()?.learnt;
    const name = fingerprintOf(message.item.axolotlSenderKeyDistributionMessage ?? HANDLED);
    // Each time it is learnt makes the record of a group's key longer.
    if (learnt?.has(name) === true) return;
    await learn(message);
    learnt?.add(name);
  };

  const readingOf = (stanza: BinaryNode): Reading => {
    const attributes = stanza.attrs;
    const account = bareJid(authState.creds.me?.id ?? "");
    const message = { id: entryId(nameOfStanza(attributes)), account, attributes };
    return { message, learnt: new Set() };
  };
  return async (stanza, work) => {
    const context = known.get(stanza) ?? readingOf(stanza);
    known.set(stanza, context);
    const release = journal.hold(context.message.id);
    try {
      return await reading.run(context, work);
    } finally {
      release();
    }
  };
};
