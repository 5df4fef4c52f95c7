import { isBlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { NamedTimers } from "@blacksky/machine";
import { alerts, connection, control } from "@blacksky/protocol";
import type { WatchdogEffect, WatchdogEvent, WatchdogTimer } from "@blacksky/whatsapp";

/** What effects need of the world. */
export interface Surroundings {
  readonly channel: Channel;
  readonly timers: NamedTimers<WatchdogTimer>;
  readonly log: Logger;
  readonly onDead: (socket: number, reason: string) => void;
}

type Send = (event: WatchdogEvent) => void;
type Effect<Type extends WatchdogEffect["type"]> = Extract<WatchdogEffect, { type: Type }>;

/** The bot counts the time of a ping itself, and is busy now and then. */
const ANSWER_MARGIN_MS = 3_000;

const askVitals = async (channel: Channel, effect: Effect<"askVitals">, send: Send): Promise<void> => {
  const { generation, deadlineMs } = effect;
  const vitals = await channel.request(connection.vitals, {}, { deadlineMs });
  send({ type: "vitalsRead", generation, vitals });
};

const probe = async ({ channel, log }: Surroundings, effect: Effect<"probe">, send: Send): Promise<void> => {
  const { generation, deadlineMs, attempt, reason } = effect;
  log[attempt === 1 ? "debug" : "info"](`WhatsApp is pinged. ${reason}`, { attempt });
  const { rttMs } = await channel.request(
    connection.probe,
    { deadlineMs },
    { deadlineMs: deadlineMs + ANSWER_MARGIN_MS },
  );
  log.debug("WhatsApp has answered the ping.", { rtt_ms: rttMs });
  send({ type: "probeAnswered", generation });
};

/** Carries out one effect of the watchdog; what fails becomes an event by `afterFailure`. */
export const performEffect = (surroundings: Surroundings, effect: WatchdogEffect, send: Send): void | Promise<void> => {
  const { channel, timers, log, onDead } = surroundings;
  switch (effect.type) {
    case "askVitals":
      return askVitals(channel, effect, send);
    case "probe":
      return probe(surroundings, effect, send);
    case "declareDead":
      log.warn(`The connection looks open and is dead; it is cut. ${effect.reason}`, { generation: effect.socket });
      return onDead(effect.socket, effect.reason);
    case "restartBot":
      log.warn(`The bot worker is restarted. ${effect.reason}`);
      return channel.emit(control.restartRequested, { scope: "bot", reason: effect.reason });
    case "alert":
      log.error(effect.text, { alert: "connection-dead" });
      return channel.emit(alerts.raised, { kind: "connection-dead", text: effect.text });
    case "startTimer": {
      const { name, delayMs, generation } = effect;
      return timers.start(name, delayMs, () => send({ type: "timer", name, generation }));
    }
    case "cancelTimer":
      return timers.cancel(effect.name);
  }
};

/** The channel's own words for an answer that did not come; any other failure is the bot's answer. */
const isUnanswered = (error: unknown): boolean => isBlackskyError(error) && error.code.startsWith("ipc.");

/** What a failed effect means to the watchdog. */
export const afterFailure = (log: Logger, effect: WatchdogEffect, error: unknown): WatchdogEvent | undefined => {
  switch (effect.type) {
    case "askVitals":
      log.debug("The bot did not tell how it is.", { error });
      return { type: "vitalsMissed", generation: effect.generation };
    case "probe":
      log.info("A ping was not answered.", { error });
      return {
        type: "probeFailed",
        generation: effect.generation,
        cause: isUnanswered(error) ? "mute" : "unanswered",
      };
    case "declareDead":
    case "restartBot":
    case "alert":
    case "startTimer":
    case "cancelTimer":
      log.error("An effect of the watchdog failed.", { effect: effect.type, error });
      return undefined;
  }
};
