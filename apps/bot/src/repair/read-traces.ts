import { delay, type Clock } from "@blacksky/machine";
import { keyOf } from "@blacksky/session";
import type { Store } from "@blacksky/store";
import { senderNameOf, signalUserOf, signalUserOfLid } from "../socket/signal-address.ts";
import type { SessionStorage } from "../storage/session-storage.ts";
import { Interrupted } from "./burn-counters.ts";
import type { GroupTrace, SessionTrace, Traces } from "./traces.ts";

/** Sessions parsed before others get their turn: ten thousand take seconds, and the runner wants its pings answered. */
const SESSIONS_A_TURN = 100;

type Source = Pick<SessionStorage, "auth" | "recipients">;
type Turns = { readonly clock: Clock; readonly isOpen: () => boolean };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const idsOf = (store: Pick<Store, "keys">, kind: "session" | "sender-key"): string[] => {
  const prefix = keyOf(kind, "");
  return Array.from(store.keys(prefix), (key) => key.slice(prefix.length));
};

/** libsignal notes in each session when it began and when something was last read in it; -1 stands for not closed. */
const openSessionOf = (record: unknown): { begunAt: number; heardAt: number } | undefined => {
  const sessions = isRecord(record) && isRecord(record["_sessions"]) ? Object.values(record["_sessions"]) : [];
  for (const session of sessions) {
    const index = isRecord(session) ? session["indexInfo"] : undefined;
    if (!isRecord(index) || index["closed"] !== -1) continue;
    return { begunAt: Number(index["created"] ?? 0), heardAt: Number(index["used"] ?? 0) };
  }
  return undefined;
};

/** When something was last sent, by Signal user and by group; a person counts under both addresses. */
const readSent = async ({ auth, recipients }: Source): Promise<ReadonlyMap<string, number>> => {
  const sent = new Map<string, number>();
  const note = (name: string, at: number): void => void sent.set(name, Math.max(at, sent.get(name) ?? 0));
  for (const [jid, at] of recipients()) {
    const user = signalUserOf(jid);
    if (user === undefined || jid.endsWith("@g.us")) {
      note(jid, at);
      continue;
    }
    note(user, at);
    const lid = (await auth.keys.get("lid-mapping", [user]))[user];
    if (lid !== undefined) note(signalUserOfLid(lid), at);
  }
  return sent;
};

const readSessions = async (
  store: Pick<Store, "keys">,
  { auth }: Source,
  sent: ReadonlyMap<string, number>,
  { clock, isOpen }: Turns,
): Promise<SessionTrace[]> => {
  const { me } = auth.creds;
  const ownUsers = new Set([signalUserOf(me?.id), signalUserOf(me?.lid)]);
  const traces: SessionTrace[] = [];
  for (const [index, address] of idsOf(store, "session").entries()) {
    if (index % SESSIONS_A_TURN === SESSIONS_A_TURN - 1) await delay(clock, 0);
    // Once the socket is gone the store may be closed at any time.
    if (!isOpen()) throw new Interrupted();
    const open = openSessionOf((await auth.keys.get("session", [address]))[address]);
    const user = address.slice(0, address.lastIndexOf("."));
    if (open !== undefined) traces.push({ address, ...open, sentAt: sent.get(user) ?? 0, own: ownUsers.has(user) });
  }
  return traces;
};

const readGroups = (store: Pick<Store, "keys">, { auth }: Source, sent: ReadonlyMap<string, number>): GroupTrace[] => {
  const { me } = auth.creds;
  const own = [me?.id, me?.lid].flatMap((jid) => {
    const ending = senderNameOf(jid);
    return jid === undefined || ending === undefined ? [] : [{ jid, ending }];
  });
  return idsOf(store, "sender-key").flatMap((id) => {
    const mine = own.find(({ ending }) => id.endsWith(ending));
    if (mine === undefined) return [];
    const group = id.slice(0, -mine.ending.length);
    return [{ group, ownJid: mine.jid, sentAt: sent.get(group) ?? 0 }];
  });
};

/**
 * Reads when each conversation was last active out of what is stored with it anyway: libsignal's own times of a session,
 * and the messages kept for recipients who ask again. So nothing has to be written for it, and what says that a chat
 * was active is as new as the chat's keys. Reads every session: once, after an unclean restore.
 *
 * @throws Interrupted when the socket is gone
 */
export const readTraces = async (store: Pick<Store, "keys">, storage: Source, turns: Turns): Promise<Traces> => {
  const sent = await readSent(storage);
  return { sessions: await readSessions(store, storage, sent, turns), groups: readGroups(store, storage, sent) };
};
