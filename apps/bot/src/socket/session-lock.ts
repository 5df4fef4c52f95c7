import { isPnUser, jidDecode, type SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";
import { signalUserOf, signalUserOfLid } from "./signal-address.ts";

/** The record a device's session stands in, once its number has been mapped to a LID; other keys are what they are. */
export const recordOf = async (keys: SignalKeyStoreWithTransaction, key: string): Promise<string> => {
  const user = signalUserOf(key);
  const decoded = jidDecode(key);
  if (user === undefined || decoded === undefined || key.endsWith("@g.us")) return key;
  const lid = isPnUser(key) ? (await keys.get("lid-mapping", [decoded.user]))[decoded.user] : undefined;
  return `${lid === undefined ? user : signalUserOfLid(lid)}.${String(decoded.device ?? 0)}`;
};

/**
 * Baileys guards a session by the JID that it happens to have in hand: in a chat under a phone number it writes under
 * that number and reads under the LID, while both are one record. A message that was read while an answer was encrypted
 * took the answer's ratchet step back, and the next answer, under the same message key, could not be read. Here the
 * guard has the name of the record.
 *
 * @param keys the socket's key store, changed in place
 */
export const lockByRecord = (keys: SignalKeyStoreWithTransaction): void => {
  const begin = keys.transaction.bind(keys);
  keys.transaction = async (work, key) => begin(work, keys.isInTransaction() ? key : await recordOf(keys, key));
};
