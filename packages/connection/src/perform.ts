import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { NamedTimers, Random } from "@blacksky/machine";
import { connection, control } from "@blacksky/protocol";
import type { AlertKind, ConnectionEffect, ConnectionEvent, ConnectionTimer } from "@blacksky/whatsapp";
import type { Executor } from "./executor.ts";

/** What effects need of the world. */
export interface Surroundings {
  readonly channel: Channel;
  readonly executor: Executor;
  readonly timers: NamedTimers<ConnectionTimer>;
  readonly random: Random;
  readonly log: Logger;
}

type Send = (event: ConnectionEvent) => void;

/** Out of these the bot does not find by itself. */
const NEEDS_A_PERSON: ReadonlySet<AlertKind> = new Set(["logged-out", "replaced", "refused"]);

const describe = async ({ executor, random }: Surroundings, asked: number, send: Send): Promise<void> => {
  const { socket, generation, since, standing } = await executor.describe();
  send({ type: "adopted", asked, socket, generation, sinceMs: since, standing, chance: random() });
};

const connect = async (
  executor: Executor,
  { generation, resumedAtMs }: Extract<ConnectionEffect, { type: "connect" }>,
  send: Send,
): Promise<void> => {
  await executor.connect(generation, resumedAtMs);
  send({ type: "connectStarted", generation });
};

/**
 * Carries out one effect of the connection machine. The promise is that of the bot's answer; what fails becomes an
 * event by `afterFailure`.
 */
export const performEffect = (
  surroundings: Surroundings,
  effect: ConnectionEffect,
  send: Send,
): void | Promise<void> => {
  const { channel, executor, timers, random, log } = surroundings;
  switch (effect.type) {
    case "connect":
      return connect(executor, effect, send);
    case "end":
      return executor.end(effect.generation, effect.reason);
    case "describe":
      return describe(surroundings, effect.generation, send);
    case "startTimer": {
      const { name, delayMs, generation } = effect;
      return timers.start(name, delayMs, () => send({ type: "timer", name, generation, chance: random() }));
    }
    case "cancelTimer":
      return timers.cancel(effect.name);
    case "publish":
      return channel.emit(connection.changed, effect.picture);
    case "recycleExecutor":
      return channel.emit(control.restartRequested, { scope: "bot", reason: effect.reason });
    case "archiveSession":
      // The bot owns the store and goes by the same verdict: it has archived the session before it told of the end.
      return log.warn("The session has ended for good; it is kept in the archive.", { reason: effect.reason });
    case "alert": {
      const level = NEEDS_A_PERSON.has(effect.kind) ? "error" : "warn";
      return log[level](effect.text, { alert: effect.kind });
    }
  }
};

/** What a failed effect means to the machine; `undefined` where one of its timers looks after it. */
export const afterFailure = (log: Logger, effect: ConnectionEffect, error: unknown): ConnectionEvent | undefined => {
  switch (effect.type) {
    case "connect":
      log.warn("The bot did not open a socket.", { generation: effect.generation, error });
      return { type: "connectRefused", generation: effect.generation };
    case "end":
      log.warn("The bot did not say that it ended its socket.", { generation: effect.generation, error });
      return undefined;
    case "describe":
      log.debug("The bot does not answer yet.", { error });
      return undefined;
    case "startTimer":
    case "cancelTimer":
    case "publish":
    case "recycleExecutor":
    case "archiveSession":
    case "alert":
      log.error("An effect of the connection machine failed.", { effect: effect.type, error });
      return undefined;
  }
};
