import type { Channel } from "@blacksky/ipc";
import { outbox } from "@blacksky/protocol";
import type { News } from "../health/news.ts";
import type { AlertDesk } from "./alert-desk.ts";

export interface NewsWatchOptions {
  readonly news: Pick<News, "connection" | "session">;
  readonly desk: Pick<AlertDesk, "raise" | "eased" | "relapsed">;
  /** Whether there has to be a database; one that was ever seen has to be there as well. */
  readonly expectsDatabase: boolean;
}

/** Tells the alert desk what the workers' news mean to a person. */
export interface NewsWatch {
  /** Hears what this child says of its outbox. */
  listen(channel: Channel): void;
  /** Looks at the news; to be called whenever they may have changed. */
  look(): void;
}

const DATABASE_DOWN =
  "PostgreSQL has not answered for five minutes. The bot goes on with what is on its disk; what has changed since is lost if that disk is wiped. /health and the log say more.";

const deadLetters = (count: number, all: number): string =>
  `The bot has given up ${String(count)} of the messages that it was to send; ${String(all)} lie there by now. \`.queue\` in the chat lists them.`;

export const createNewsWatch = ({ news, desk, expectsDatabase }: NewsWatchOptions): NewsWatch => {
  let hasDatabase = expectsDatabase;
  /** Unknown at first: those that were there before the start were told of before it. */
  let dead: number | undefined;

  const lookAtConnection = (): void => {
    const isOpen = news.connection?.state === "open";
    if (isOpen) desk.eased("connection");
    else desk.relapsed("connection");
    // One that stands by in order does what it should.
    if (isOpen || news.session?.phase === "standby") desk.eased("tree");
    else desk.relapsed("tree");
  };
  const lookAtDatabase = (): void => {
    const isConnected = news.session?.databaseConnected === true;
    hasDatabase ||= isConnected;
    if (isConnected) desk.eased("database");
    else if (hasDatabase) desk.raise({ kind: "database-down", text: DATABASE_DOWN });
  };

  return {
    listen(channel) {
      channel.on(outbox.counted, (counts) => {
        if (dead !== undefined && counts.dead > dead) {
          desk.raise({ kind: "dead-letters", text: deadLetters(counts.dead - dead, counts.dead) });
        }
        if (counts.dead === 0) desk.eased("outbox");
        ({ dead } = counts);
      });
    },
    look() {
      lookAtConnection();
      lookAtDatabase();
    },
  };
};
