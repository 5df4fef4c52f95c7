import { BlackskyError, errorCode } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { createPatience, type Clock } from "@blacksky/machine";
import {
  notificationIdOf,
  outbox,
  randomNotificationId,
  session,
  type Notification,
  type NotificationStatus,
} from "@blacksky/protocol";
import type { News } from "../health/news.ts";
import { createOrderKeeper } from "./order-keeper.ts";
import type { FindChannel } from "./route-messages.ts";

/** A notification that somebody has taken durably. */
export interface TakenNotification {
  /** False where the same one was handed in before; then nothing has changed. */
  readonly isNew: boolean;
  readonly status: NotificationStatus;
}

/** Where notifications are handed in and asked for from outside. Refusals come as errors whose words are meant for people. */
export interface NotificationDesk {
  /** The id for a key, and a random one without a key. */
  idOf(key: string | undefined): string;
  /**
   * Resolves once it is durable: with the bot, or in PostgreSQL for whoever has the session.
   *
   * @throws BlackskyError `outbox.recipient`, `outbox.full`, or `outbox.notTaken` where nobody can take it now
   */
  notify(id: string, notification: Notification): Promise<TakenNotification>;
  /**
   * Where it is; `null` when it is certain that nobody knows it (any more).
   *
   * @throws BlackskyError `outbox.outOfSight` while somebody who may know it cannot be asked
   */
  read(id: string): Promise<NotificationStatus | null>;
}

export interface NotificationDeskOptions {
  readonly sessionId: string;
  readonly find: FindChannel;
  readonly news: Pick<News, "session">;
  readonly isDraining: () => boolean;
  /** INBOX_DURABILITY `replicated`: what the bot has taken is to be in PostgreSQL before it is called durable. */
  readonly replicated: boolean;
  readonly clock: Pick<Clock, "monotonic">;
}

/** The store answers within some milliseconds; a bot that takes longer hangs or is on its way down. */
const BOT_DEADLINE = { deadlineMs: 4_000 };
/** Together with the bot's less than the 30 s after which a platform's router gives up. */
const DATABASE_DEADLINE = { deadlineMs: 10_000 };
/** PostgreSQL answers within some milliseconds, or this disk has to do. */
const FLUSH_MS = 2_000;
/** Before one that was too slow is waited for again. */
const PAUSE_MS = 30_000;

/** No other way would help: the bot understood, and will not. */
const REFUSALS: ReadonlySet<string> = new Set(["outbox.full", "outbox.recipient"]);

const notTaken = (cause: unknown): BlackskyError =>
  new BlackskyError("outbox.notTaken", "Nobody could take this notification durably at this moment.", {
    hint: "Send it again in some seconds, with the same key: it is sent once all the same. /health says how things are.",
    cause,
  });

const outOfSight = (): BlackskyError =>
  new BlackskyError("outbox.outOfSight", "Whoever may know this notification cannot be asked from here now.", {
    hint: "Ask again in some seconds, and the instance that has the session: it alone knows what it has taken over.",
  });

/** The desk, with the workers that live now behind it. */
export const createNotificationDesk = (options: NotificationDeskOptions): NotificationDesk => {
  const { sessionId, find, news, isDraining, replicated, clock } = options;
  const order = createOrderKeeper(find, news);

  const botWithSession = (): Channel | undefined => (news.session?.phase === "active" ? find("bot") : undefined);

  const patience = createPatience(clock, PAUSE_MS);
  const settle = async (): Promise<void> => {
    if (!replicated || news.session?.databaseConnected !== true) return;
    const deadline = { deadlineMs: FLUSH_MS };
    await patience.wait(async () => find("backup")?.request(session.flush, deadline, deadline));
  };

  /** Which ways are tried, one after the other. Nothing new is given to a bot that is about to end. */
  const waysTo = async (id: string, notification: Notification): Promise<(() => Promise<TakenNotification>)[]> => {
    const body = { id, notification };
    const leave = (): Promise<TakenNotification> => order.leave(body, DATABASE_DEADLINE);
    const bot = isDraining() ? undefined : botWithSession();
    if (bot === undefined) return [leave];
    const enqueue = async (): Promise<TakenNotification> => {
      const taken = await bot.request(outbox.enqueue, body, BOT_DEADLINE);
      await settle();
      return taken;
    };
    const isKept = await order.isKept();
    if (order.isBehind(notification.to)) return [leave];
    return isKept ? [enqueue, leave] : [leave, enqueue];
  };

  /** `undefined`: it could not be asked. */
  const askBot = async (id: string): Promise<{ status: NotificationStatus | null } | undefined> =>
    botWithSession()
      ?.request(outbox.read, { id }, BOT_DEADLINE)
      .catch(() => undefined);
  const askDatabase = async (id: string): ReturnType<typeof askBot> =>
    find("backup")
      ?.request(outbox.readLeft, { id }, DATABASE_DEADLINE)
      .catch(() => undefined);

  return {
    idOf: (key) => (key === undefined ? randomNotificationId() : notificationIdOf(sessionId, key)),
    async notify(id, notification) {
      let last: unknown;
      for (const way of await waysTo(id, notification)) {
        try {
          return await way();
        } catch (error) {
          if (REFUSALS.has(errorCode(error))) throw error;
          // Whether it was taken may be unknown. Another way takes the same id, which is sent once.
          last = error;
        }
      }
      throw notTaken(last);
    },
    async read(id) {
      const answers: Awaited<ReturnType<typeof askBot>>[] = [];
      // The bot twice: it has what the database had a moment ago and has no more.
      for (const ask of [askBot, askDatabase, askBot]) {
        const answer = await ask(id);
        if (answer?.status) return answer.status;
        answers.push(answer);
      }
      if (answers.includes(undefined)) throw outOfSight();
      return null;
    },
  };
};
