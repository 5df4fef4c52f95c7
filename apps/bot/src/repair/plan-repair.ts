import type { GroupTrace, SessionTrace, Traces } from "./traces.ts";

/** Counters to use up. */
export interface SessionBurn {
  readonly address: string;
  readonly count: number;
}

export interface GroupBurn {
  readonly group: string;
  readonly ownJid: string;
  readonly count: number;
}

/** What is to be done to a session that was restored without its last changes. */
export interface RepairPlan {
  /** Signal addresses that get a fresh session. */
  readonly renew: readonly string[];
  readonly burn: readonly SessionBurn[];
  readonly burnGroups: readonly GroupBurn[];
}

/**
 * Who was in a conversation within this time before the last thing known may have gone on talking after it. Where more
 * time is missing, those who talked within as long a time before it are looked at, a day at most.
 */
const SHORTEST_WINDOW_MS = 15 * 60_000;
const LONGEST_WINDOW_MS = 24 * 3_600_000;
/** A fresh session spends one of the other side's one-time pre-keys, so not everybody gets one. */
const RENEW_LIMIT = 200;
/** Each costs milliseconds before the first message may go out. */
const BURN_LIMIT = 500;
const GROUP_LIMIT = 100;
/**
 * Where a conversation was under way. Replication lags half a second, and a chat takes one message per acknowledgement,
 * twenty a second at the very best: ten lost commits, and room for a worse lag. In a group each costs 10 ms, because it
 * is signed.
 */
export const ACTIVE_COUNT = 64;
export const ACTIVE_GROUP_COUNT = 32;
/** Where nothing says so; small, because it is spent again at each unclean restore and receivers skip 2000 only. */
export const QUIET_COUNT = 16;
export const QUIET_GROUP_COUNT = 8;

const activity = ({ heardAt, sentAt }: SessionTrace): number => Math.max(heardAt, sentAt);

/** When the window begins in which a conversation counts as under way. */
const windowStart = ({ sessions, groups }: Traces, startedAt: number): number => {
  const times = [
    ...sessions.flatMap(({ heardAt, sentAt }) => [heardAt, sentAt]),
    ...groups.map(({ sentAt }) => sentAt),
  ];
  // What came after the start is of the repair itself, or of the messages that waited for us.
  const last = times.reduce((newest, at) => (at < startedAt ? Math.max(newest, at) : newest), 0);
  return last - Math.min(Math.max(startedAt - last, SHORTEST_WINDOW_MS), LONGEST_WINDOW_MS);
};

const burnGroup = ({ group, ownJid, sentAt }: GroupTrace, from: number): GroupBurn => ({
  group,
  ownJid,
  count: sentAt >= from ? ACTIVE_GROUP_COUNT : QUIET_GROUP_COUNT,
});

/**
 * Plans the repair: fresh sessions for conversations that were under way, and for our own phone; burnt counters for the
 * others and for our groups. Sessions begun since `startedAt` are sound, which makes a second plan, after a crash in the
 * middle of the first one, leave out what is done.
 *
 * @param startedAt when this repair was first begun, epoch milliseconds
 */
export const planRepair = (traces: Traces, startedAt: number): RepairPlan => {
  const from = windowStart(traces, startedAt);
  const stale = traces.sessions
    .filter(({ begunAt }) => begunAt < startedAt)
    .toSorted((a, b) => Number(b.own) - Number(a.own) || activity(b) - activity(a));
  const active = stale.filter((session) => session.own || activity(session) >= from);
  const renewed = new Set(active.slice(0, RENEW_LIMIT));
  const burn = stale
    .filter((session) => !renewed.has(session))
    .slice(0, BURN_LIMIT)
    .map((session) => ({ address: session.address, count: activity(session) >= from ? ACTIVE_COUNT : QUIET_COUNT }));
  return {
    renew: [...renewed].map(({ address }) => address),
    burn,
    burnGroups: traces.groups
      .toSorted((a, b) => b.sentAt - a.sentAt)
      .slice(0, GROUP_LIMIT)
      .map((group) => burnGroup(group, from)),
  };
};
