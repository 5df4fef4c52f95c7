import type { Env } from "@blacksky/config";
import { describeError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import { OWNER, type Outbox } from "@blacksky/outbox";
import { notices as protocol, randomNotificationId } from "@blacksky/protocol";
import type { Store } from "@blacksky/store";
import { createNotices, type Notices } from "./notices.ts";
import { noticeVersion } from "./version-notice.ts";

/** Behind whatever else is to be sent. */
const PRIORITY = 9;

export interface OpenNoticesOptions {
  readonly env: Pick<Env, "OWNER_NOTICES" | "QUIET_HOURS" | "TZ" | "BOT_NAME">;
  /** The version of this bot. */
  readonly build: string;
  readonly store: Store;
  readonly channel: Pick<Channel, "on">;
  readonly outbox: Pick<Outbox, "enqueue">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the runner and the bot itself have to say goes to the owner through the outbox, so that it waits for a connection. */
export const openNotices = ({ env, build, store, channel, outbox, clock, log }: OpenNoticesOptions): Notices => {
  const notices = createNotices({
    level: env.OWNER_NOTICES,
    quietHours: env.QUIET_HOURS,
    timeZone: env.TZ,
    botName: env.BOT_NAME,
    notify: (text) => outbox.enqueue(randomNotificationId(), { to: OWNER, text, priority: PRIORITY }),
    clock,
    log,
  });
  channel.on(protocol.told, (notice) => notices.tell(notice));
  noticeVersion(store, build).then(
    (notice) => {
      if (notice !== undefined) notices.tell(notice);
    },
    // A store that fails ends the bot by other ways.
    (error: unknown) => log.warn(`The version could not be written down: ${describeError(error)}`, { error }),
  );
  return notices;
};
