import type { SignalKeyStoreWithTransaction, SignalRepository } from "@whiskeysockets/baileys";
import { recordOf } from "./session-lock.ts";

/** As libsignal serializes it; `used` is when a session last read something. */
interface Session {
  readonly indexInfo: { readonly used: number };
}
interface SessionRecord {
  readonly _sessions: Readonly<Record<string, Session>>;
}

const sessionsOf = ({ _sessions: sessions }: SessionRecord): SessionRecord["_sessions"] => sessions;

/** The record with every session as it was but the one that has read something; `undefined` when it is so already. */
const spare = (before: SessionRecord, after: SessionRecord): SessionRecord | undefined => {
  const were = sessionsOf(before);
  const entries = Object.entries(sessionsOf(after));
  const hasRead = ([name, { indexInfo }]: (typeof entries)[number]): boolean =>
    were[name]?.indexInfo.used !== indexInfo.used;
  // Read twice within a millisecond: that one is tried first, so no other was touched.
  if (entries.length === 1 || !entries.some(hasRead)) return undefined;
  const spared = entries.map(([name, now]) => [name, hasRead([name, now]) ? now : were[name]]);
  return { ...after, _sessions: Object.fromEntries(spared) as SessionRecord["_sessions"] };
};

/**
 * libsignal finds out which session of a record a message belongs to by trying them, the newest first, and each try
 * moves the ratchet of a session on before it fails. So a message that was still written in the session before took a
 * session that had just begun with it: what was sent in that could not be read (`Bad MAC`). Baileys begins one with
 * every connection, for each chat under a phone number. Here those that were only tried stay as they were.
 *
 * @param repository the socket's Signal repository, changed in place
 */
export const spareSessions = (
  repository: Pick<SignalRepository, "decryptMessage">,
  keys: SignalKeyStoreWithTransaction,
): void => {
  const decrypt = repository.decryptMessage.bind(repository);
  repository.decryptMessage = (message) => {
    // The other type names its session.
    if (message.type !== "msg") return decrypt(message);
    return keys.transaction(async () => {
      const name = await recordOf(keys, message.jid);
      const read = async (): Promise<SessionRecord | undefined> =>
        // Baileys declares bytes here, and stores libsignal's object.
        (await keys.get("session", [name]))[name] as unknown as SessionRecord | undefined;
      const before = await read();
      const plaintext = await decrypt(message);
      const after = await read();
      const spared = before && after && spare(before, after);
      if (spared) await keys.set({ session: { [name]: spared as never } });
      return plaintext;
    }, message.jid);
  };
};
