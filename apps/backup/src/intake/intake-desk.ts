import { BlackskyError, errorCode } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { createIntakeClient, migrate } from "@blacksky/postgres";
import type { Database, IntakeClient, LeftRow } from "@blacksky/postgres";
import { outbox } from "@blacksky/protocol";
import type { Notification, NotificationStatus } from "@blacksky/protocol";

import type { ActiveSession } from "../active-session.ts";
import type { Context } from "../context.ts";
import { notReadyError } from "../endings.ts";
import { createTurns } from "../turns.ts";
import { describeLeft, openNotification, sealNotification } from "./left-notification.ts";

/** Takes notifications in for whoever has the session, also where that is another process. */
export interface IntakeDesk {
  /**
   * Commits it to PostgreSQL.
   *
   * @throws BlackskyError `outbox.noDatabase` where there is none, `outbox.full`, and what keeps the database from it
   */
  leave(id: string, notification: Notification): Promise<{ isNew: boolean; status: NotificationStatus }>;
  /** `null` for one that was never left, or that a bot has taken over. */
  read(id: string): Promise<NotificationStatus | null>;
}

const noDatabase = (): BlackskyError =>
  new BlackskyError("outbox.noDatabase", "There is no database to leave the notification in.", {
    hint: "Hand it in again when the bot is there, or set DATABASE_URL.",
  });

/** A standby that has just begun may be the first one of this build to meet the database. */
const withTables = async <T>(database: Database, work: (client: IntakeClient) => Promise<T>): Promise<T> => {
  const client = createIntakeClient(database);
  try {
    return await work(client);
  } catch (error) {
    if (errorCode(error) !== "database.noTables") throw error;
    await migrate(database);
    return await work(client);
  }
};

/** Whoever asked has given up by then. */
const TOO_LATE_MS = 10_000;

const tooLate = (): BlackskyError =>
  new BlackskyError("outbox.tooLate", "The database was too slow to leave the notification there.", {
    hint: "Hand it in again, with the same key.",
  });

/** One statement at a time: the other connection of the pool is the lease's. */
export const createIntakeDesk = ({ sessionId, source, seal, clock }: Context): IntakeDesk => {
  const turns = createTurns(new AbortController().signal);

  const inTurn = async <T>(database: Database, work: (client: IntakeClient) => Promise<T>): Promise<T> => {
    const askedMs = clock.monotonic();
    return turns.take(() => {
      if (clock.monotonic() - askedMs > TOO_LATE_MS) throw tooLate();
      return withTables(database, work);
    });
  };
  const describe = (row: LeftRow): NotificationStatus =>
    describeLeft(row, openNotification(seal, sessionId, row), clock.now());

  return {
    async leave(id, notification) {
      if (source === undefined) throw noDatabase();
      const value = sealNotification(seal, id, notification);
      return inTurn(await source.open(), async (client) => {
        const isNew = await client.leave(sessionId, id, value);
        const known = isNew ? undefined : await client.find(sessionId, id);
        // One that is not there any more a bot has taken in this moment.
        const row = known ?? { id, sequence: 0, value, createdAt: new Date(clock.now()), setAside: null };
        return { isNew, status: describe(row) };
      });
    },
    async read(id) {
      if (source === undefined) return null;
      const row = await inTurn(await source.open(), (client) => client.find(sessionId, id));
      return row === undefined ? null : describe(row);
    },
  };
};

/**
 * Answers what the runner asks of the intake: leaving and reading at any time, handing over while the session is here.
 *
 * @param read the desk, once it is known which database there is
 */
export const answerIntakeRequests = (
  channel: Channel,
  read: () => IntakeDesk | undefined,
  readActive: () => ActiveSession | undefined,
): void => {
  const desk = (): IntakeDesk => {
    const found = read();
    if (found === undefined) throw notReadyError();
    return found;
  };
  channel.handle(outbox.leave, async ({ id, notification }) => {
    const left = await desk().leave(id, notification);
    readActive()?.handOver.look();
    return left;
  });
  channel.handle(outbox.readLeft, async ({ id }) => ({ status: await desk().read(id) }));
  channel.handle(outbox.handOver, async () => {
    const active = readActive();
    if (active === undefined) throw notReadyError();
    await active.handOver.finish();
    return {};
  });
};
