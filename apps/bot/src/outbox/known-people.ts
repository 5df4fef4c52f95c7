import { decodeValue, keyOf } from "@blacksky/session";
import type { Store } from "@blacksky/store";
import { createBoundedMap } from "../bounded-map.ts";
import { signalUserOf, signalUserOfLid } from "../socket/signal-address.ts";

/** Once somebody has written to us, that does not change. */
const REMEMBERED = 2000;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/**
 * True for a record with a session that something was read in: libsignal notes a session that we began as pending until the
 * other side has used it. A receipt is no use of it.
 */
const wasAnswered = (record: unknown): boolean => {
  const sessions = isRecord(record) && isRecord(record["_sessions"]) ? Object.values(record["_sessions"]) : [];
  return sessions.some((session) => isRecord(session) && session["pendingPreKey"] === undefined);
};

/**
 * Makes the function that tells whether a person ever wrote to us, by the Signal sessions that there are with that person.
 *
 * @param store of the session that is linked now
 */
export const createKnownPeople = (store: Pick<Store, "get" | "keys">): ((jid: string) => boolean) => {
  const known = createBoundedMap<true>(REMEMBERED);

  const read = (kind: "session" | "lid-mapping", id: string): unknown => {
    const bytes = store.get(keyOf(kind, id));
    return bytes === undefined ? undefined : decodeValue(kind, bytes);
  };
  const usersOf = (jid: string): string[] => {
    const user = signalUserOf(jid);
    if (user === undefined) return [];
    const lid = read("lid-mapping", user);
    return typeof lid === "string" ? [user, signalUserOfLid(lid)] : [user];
  };
  const hasWritten = (jid: string): boolean => {
    const prefix = keyOf("session", "");
    for (const user of usersOf(jid)) {
      for (const key of store.keys(`${prefix}${user}.`)) {
        if (wasAnswered(read("session", key.slice(prefix.length)))) return true;
      }
    }
    return false;
  };

  return (jid) => {
    if (known.get(jid) === true) return true;
    try {
      if (!hasWritten(jid)) return false;
    } catch {
      // Whoever needs the session finds out what ails it; here it only makes the bot careful.
      return false;
    }
    known.set(jid, true);
    return true;
  };
};
