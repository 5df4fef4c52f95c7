import type { CacheStore } from "@whiskeysockets/baileys";
import { createBoundedMap } from "../bounded-map.ts";

const LIMIT = 2000;

/**
 * How often each undecryptable message was asked for again. Kept outside the socket: a reconnect must not start the
 * count anew, or a message nobody can decrypt is asked for for ever.
 */
export const createRetryCounters = (): CacheStore => {
  const counters = createBoundedMap<unknown>(LIMIT);
  return {
    // Baileys alone knows the type of what it put in.
    get: (key: string) => counters.get(key) as never,
    set: (key, value) => counters.set(key, value),
    del: (key) => counters.delete(key),
    flushAll: () => counters.clear(),
  };
};
