import type { Env } from "@blacksky/config";
import { controllerSettings, startController } from "@blacksky/connection";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock, Random } from "@blacksky/machine";
import { instance } from "@blacksky/protocol";
import { startAntiIdle, type AntiIdle } from "./anti-idle/anti-idle.ts";

export interface KeeperOptions {
  /** To the runner, which passes on to the bot. */
  readonly channel: Channel;
  readonly env: Env;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The running keeper. */
export interface Keeper {
  /** Decides and calls nothing any more. The bot keeps its socket. */
  stop(): void;
}

/** The runner answers from memory. */
const INSTANCE_DEADLINE_MS = 5_000;

const beginAntiIdle = ({ channel, env, clock, random, log }: KeeperOptions): AntiIdle | undefined => {
  const { ENABLE_ANTI_IDLE, HEROKU_APP_URL: url, ANTI_IDLE_INTERVAL: intervalMs } = env;
  if (!ENABLE_ANTI_IDLE || url === undefined) return undefined;
  const readInstance = async (): Promise<string> => {
    const { name } = await channel.request(instance.read, {}, { deadlineMs: INSTANCE_DEADLINE_MS });
    return name;
  };
  return startAntiIdle({ url, intervalMs, readInstance, clock, random, log });
};

/** Composes the keeper: the connection machine and its watchdog, over the channel to the bot, and the calls that keep a dyno awake. Call in the turn the channel was opened. */
export const startKeeper = (options: KeeperOptions): Keeper => {
  const { channel, env, clock, random, log } = options;
  const controller = startController({ ...controllerSettings(env), channel, clock, random, log });
  const antiIdle = beginAntiIdle(options);
  return {
    stop() {
      antiIdle?.stop();
      controller.stop();
    },
  };
};
