import { AsyncLocalStorage } from "node:async_hooks";
import type { SignalDataSet, SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";

/** Runs one relay so that every ratchet step is stored before its ciphertext leaves. */
export type RelayCommitted = <T>(relay: () => Promise<T>) => Promise<T>;

/**
 * Baileys wraps a whole send in one transaction that commits *after* the stanza has left. A process killed in between
 * has used a message key that the store knows nothing of: the next message reuses it and cannot be read. Here the
 * outer transaction of a relay is a mere turn-taking; the inner ones, a chain step each, commit by themselves first,
 * as whatsmeow does.
 *
 * The one record that must not be early is `sender-key-memory` (who already has our group key): it is stored after the
 * send, since forgetting it costs a key sent twice, and remembering too much costs a message that cannot be read.
 *
 * @param keys the socket's key store, changed in place
 * @param ownJid who we are: the name under which Baileys opens the transaction of a relay
 */
export const commitBeforeSend = (
  keys: SignalKeyStoreWithTransaction,
  ownJid: () => string | undefined,
): RelayCommitted => {
  const relaying = new AsyncLocalStorage<{ readonly late: SignalDataSet[]; begun: boolean }>();
  const begin = keys.transaction.bind(keys);
  const store = keys.set.bind(keys);
  let turn: Promise<unknown> = Promise.resolve();

  const takeTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  };

  keys.transaction = (work, key) => {
    const relay = relaying.getStore();
    // Only the outermost one: a step inside may bear our own name as well, and would wait for itself.
    if (relay === undefined || relay.begun || key !== ownJid()) return begin(work, key);
    relay.begun = true;
    return takeTurn(work);
  };
  keys.set = async (changes) => {
    const relay = relaying.getStore();
    if (relay !== undefined && "sender-key-memory" in changes) relay.late.push(changes);
    else await store(changes);
  };

  return async (relay) => {
    const late: SignalDataSet[] = [];
    const result = await relaying.run({ late, begun: false }, relay);
    for (const changes of late) await store(changes);
    return result;
  };
};
