import type { Env } from "@blacksky/config";
import { startController, type Controller } from "@blacksky/connection";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock, Random } from "@blacksky/machine";
import { connectionSettings, reconnectSchedule } from "@blacksky/whatsapp";

export interface KeeperOptions {
  /** To the runner, which passes on to the bot. */
  readonly channel: Channel;
  readonly env: Env;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Composes the keeper: the connection machine, over the channel to the bot. Call in the turn the channel was opened. */
export const startKeeper = ({ channel, env, clock, random, log }: KeeperOptions): Controller => {
  const settings = connectionSettings({
    initialDelayMs: env.RECONNECT_INITIAL_DELAY,
    maxDelayMs: env.RECONNECT_MAX_DELAY,
    maxRetries: env.RECONNECT_MAX_RETRIES,
  });
  const schedule = reconnectSchedule({
    everyHours: env.SCHEDULED_RECONNECT_HOURS,
    quietHours: env.QUIET_HOURS,
    timeZone: env.TZ,
  });
  return startController({ channel, settings, schedule, clock, random, log });
};
