import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock, Timer } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { nextReconnect, whyNotNow, type ConnectionState, type ReconnectSchedule } from "@blacksky/whatsapp";

/** The bot looks into its own memory. */
const TRAFFIC_DEADLINE_MS = 4_000;
/** Somebody may set the clock on the wall, or the machine may sleep: the plan is made anew at least this often. */
const LOOK_AGAIN_MS = 3_600_000;

export interface PlannedReconnectsOptions {
  readonly channel: Channel;
  readonly schedule: ReconnectSchedule;
  readonly clock: Clock;
  readonly log: Logger;
  /** Has the machine open a fresh connection. */
  readonly reconnect: () => void;
}

/** Replaces a connection that has become old, in a calm and outside the quiet hours. */
export interface PlannedReconnects {
  /** The state of the connection, whenever it has changed. */
  follow(state: ConnectionState): void;
  stop(): void;
}

interface Watched {
  /** Generation of the socket that is open. */
  readonly socket: number;
  readonly sinceMs: number;
}

/** Plans for the connection that is open, one at a time. */
export const createPlannedReconnects = (options: PlannedReconnectsOptions): PlannedReconnects => {
  const { channel, schedule, clock, log, reconnect } = options;
  let watched: Watched | undefined;
  let timer: Timer | undefined;

  const wait = (ms: number, mine: Watched): void => {
    timer?.cancel();
    timer = clock.startTimer(Math.min(ms, LOOK_AGAIN_MS), () => void look(mine));
  };

  /** `undefined` when nothing speaks against a reconnect now. A bot that does not answer is the watchdog's concern. */
  const objection = async (): Promise<string | undefined> => {
    try {
      const traffic = await channel.request(connection.traffic, {}, { deadlineMs: TRAFFIC_DEADLINE_MS });
      return whyNotNow(schedule, { lastMessageAtMs: traffic.lastMessageAt, pending: traffic.pending }, clock.now());
    } catch {
      return "the bot does not say how busy it is";
    }
  };

  const look = async (mine: Watched): Promise<void> => {
    const leftMs = nextReconnect(schedule, mine.sinceMs, clock.now()) - clock.now();
    if (leftMs > 0) return wait(leftMs, mine);
    const why = await objection();
    // Meanwhile it may have been replaced for another reason, which is as good.
    if (watched !== mine) return;
    if (why !== undefined) {
      log.debug(`The planned reconnect waits: ${why}.`);
      return wait(schedule.postponeMs, mine);
    }
    const hours = ((clock.now() - mine.sinceMs) / 3_600_000).toFixed(1);
    log.info(`Planned reconnect: the connection has been open for ${hours} hours.`);
    // Should the machine not be able to now, it is tried again.
    wait(schedule.postponeMs, mine);
    reconnect();
  };

  const forget = (): void => {
    watched = undefined;
    timer?.cancel();
    timer = undefined;
  };

  return {
    follow(state) {
      if (state.status !== "open") return forget();
      if (watched?.socket === state.socket) return;
      watched = { socket: state.socket, sinceMs: state.sinceMs };
      const nowMs = clock.now();
      wait(nextReconnect(schedule, state.sinceMs, nowMs) - nowMs, watched);
    },
    stop: forget,
  };
};
