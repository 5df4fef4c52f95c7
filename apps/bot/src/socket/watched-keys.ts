import type { SignalKeyStore } from "@whiskeysockets/baileys";

/** What is told of each access to the keys. */
export interface KeyWatch {
  /** A write begins; the promise settles with it. */
  readonly writing: (write: Promise<unknown>) => void;
  /** Reading or writing failed: the session cannot be trusted to go on. */
  readonly failed: (error: unknown) => void;
  /** False once the session is archived: what is written late would land in the next one. */
  readonly isCurrent: () => boolean;
}

/** The same keys, watched: Baileys swallows many a failure of its key store, and a session must not go on after one. */
export const watchKeys = (keys: SignalKeyStore, { writing, failed, isCurrent }: KeyWatch): SignalKeyStore => ({
  async get(type, ids) {
    try {
      return await keys.get(type, ids);
    } catch (error) {
      failed(error);
      throw error;
    }
  },
  async set(changes) {
    if (!isCurrent()) return;
    const write = Promise.resolve(keys.set(changes));
    writing(write);
    try {
      await write;
    } catch (error) {
      failed(error);
      throw error;
    }
  },
});
