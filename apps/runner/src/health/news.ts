import type { Channel } from "@blacksky/ipc";
import { connection, control, outbox, pairing, session, type Pairing } from "@blacksky/protocol";
import type * as z from "zod";

/** What the workers last told, as they told it. */
export interface News {
  connection: z.output<typeof connection.changed.body> | null;
  history: z.output<typeof connection.historyChanged.body>;
  session: z.output<typeof session.statusChanged.body> | null;
  pairing: Pairing;
  queue: z.output<typeof outbox.counted.body>;
  /** Epoch milliseconds. */
  lastActivityAt: number | null;
  readonly heaps: Map<string, { usedBytes: number; limitBytes: number }>;
}

/** Before anybody has told anything. */
export const createNews = (): News => ({
  connection: null,
  history: { transitions: [], uptime: { day: null, week: null }, disconnects: {} },
  session: null,
  pairing: { state: "none" },
  queue: { pending: 0, retrying: 0, dead: 0, delivered: 0 },
  lastActivityAt: null,
  heaps: new Map(),
});

/** Keeps `news` current with what this child tells from now on. */
export const listenForNews = (news: News, child: string, channel: Channel): void => {
  channel.on(connection.changed, (body) => {
    news.connection = body;
  });
  channel.on(connection.historyChanged, (body) => {
    news.history = body;
  });
  channel.on(connection.activitySeen, ({ at }) => {
    news.lastActivityAt = at;
  });
  channel.on(session.statusChanged, (body) => {
    news.session = body;
  });
  channel.on(pairing.changed, (body) => {
    news.pairing = body;
  });
  channel.on(outbox.counted, (body) => {
    news.queue = body;
  });
  channel.on(control.memorySampled, ({ heapUsedBytes, heapLimitBytes }) => {
    news.heaps.set(child, { usedBytes: heapUsedBytes, limitBytes: heapLimitBytes });
  });
};

/** A dead child's figures are nobody's; a dead bot's QR would pair with nothing. */
export const forgetChild = (news: News, child: string): void => {
  news.heaps.delete(child);
  if (child === "bot" && news.pairing.state !== "paired") news.pairing = { state: "none" };
  if (child === "backup" && news.session !== null) {
    // Whether the lease is still ours only the next one can find out.
    const lease = { ...news.session.lease, held: false };
    news.session = { ...news.session, databaseConnected: false, lease };
  }
};

/** What the keeper told last was about those who are gone: who stands by has no connection. */
export const forgetConnection = (news: News): void => {
  news.connection = null;
};
