import type { Channel } from "@blacksky/ipc";
import { lifeOf, LONG_OVER, type Clock, type Expiry } from "@blacksky/machine";
import { connection, session } from "@blacksky/protocol";
import type { FindChannel } from "./route-messages.ts";

/** Until when a socket may live, passed on from the backup worker, who knows, to the bot, who holds it. */
export interface SocketPermit {
  /** Hears what this child has to say about it from now on. */
  listen(child: string, channel: Channel): void;
  /** Whether a socket may be opened now; asks the backup worker to make sure where its last word may be out of date. */
  mayConnect(): Promise<boolean>;
}

/** Longer than the backup worker waits for the database, shorter than the keeper waits for a connection. */
const CONFIRM_DEADLINE_MS = 5_000;
const REPLACED = 440;

/** Nothing is allowed at first. */
export const createSocketPermit = (clock: Clock, find: FindChannel): SocketPermit => {
  let until: Expiry | null = LONG_OVER;
  const allow = (next: Expiry | null): void => {
    const same = JSON.stringify(next) === JSON.stringify(until);
    until = next;
    if (!same) find("bot")?.emit(session.socketAllowed, { until });
  };
  const confirm = async (): Promise<void> => {
    // One that is down or busy cannot prolong it either: what it last said still ends by itself.
    await find("backup")
      ?.request(session.confirmLease, {}, { deadlineMs: CONFIRM_DEADLINE_MS })
      .catch(() => undefined);
  };

  return {
    listen(child, channel) {
      if (child === "bot") {
        // A bot that has just begun has none.
        channel.on(connection.executorStarted, () => channel.emit(session.socketAllowed, { until }));
        channel.on(connection.socketClosed, ({ code }) => {
          if (code === REPLACED) find("backup")?.emit(session.rivalMet, {});
        });
      }
      if (child === "backup") {
        // Before it is active it knows nothing yet, and what the one before it said stands.
        channel.on(session.statusChanged, ({ phase, socketUntil }) => {
          if (phase === "active") allow(socketUntil);
        });
        channel.on(session.leaseLost, ({ socketUntil }) => allow(socketUntil));
      }
    },
    async mayConnect() {
      await confirm();
      return until === null || lifeOf(clock, until) === "running";
    },
  };
};
