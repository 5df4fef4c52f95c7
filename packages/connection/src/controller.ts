import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import { createNamedTimers, interpret, type Clock, type Random, type TransitionRecord } from "@blacksky/machine";
import {
  connectionPicture,
  initialConnection,
  transitionConnection,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionPicture,
  type ConnectionState,
  type ConnectionTimer,
} from "@blacksky/whatsapp";
import type { ControllerSettings } from "./controller-settings.ts";
import { createExecutor } from "./executor.ts";
import { listenToBot } from "./listen.ts";
import { createPlannedReconnects } from "./planned-reconnects.ts";
import { afterFailure, performEffect, type Surroundings } from "./perform.ts";
import { startWatchdog } from "./watchdog/start-watchdog.ts";

export interface ControllerOptions extends ControllerSettings {
  /** To the parent, which passes on to the bot. */
  readonly channel: Channel;
  readonly clock: Clock;
  /** Rolls in [0, 1) for the delays. */
  readonly random: Random;
  readonly log: Logger;
}

/** The running controller. */
export interface Controller {
  readonly state: ConnectionState;
  /** Decides nothing any more. The bot keeps its socket: it ends it itself when its turn comes, or meets the next controller. */
  stop(): void;
}

type Change = TransitionRecord<ConnectionState, ConnectionEvent, ConnectionEffect>;

// Nobody may be looking, so none is made until somebody is.
const NO_FURTHER_CODE = "There is no further code until somebody opens /pair.";

/** Why it is so and what comes next, for whoever reads the log. */
const explain = (picture: ConnectionPicture, at: number): string => {
  const { state, lastDisconnect, nextAttemptAt } = picture;
  if (state === "open" || state === "pairing" || lastDisconnect === null) return ".";
  const why = state === "connecting" ? "." : `: ${lastDisconnect.reason}`;
  if (state === "backing-off" && nextAttemptAt === null) return `${why} ${NO_FURTHER_CODE}`;
  return nextAttemptAt === null ? why : `${why} Trying again in ${((nextAttemptAt - at) / 1000).toFixed(1)} s.`;
};

const report = (log: Logger, { from, to, event, effects, at }: Change): void => {
  const fields = { from: from.status, to: to.status, event: event.type };
  if (from.status === to.status) {
    log.debug("The connection stays as it is.", { ...fields, effects: effects.map(({ type }) => type) });
    return;
  }
  const picture = connectionPicture(to);
  const code = event.type === "socketClosed" ? { code: event.code } : {};
  log.info(`The connection is ${picture.state}${explain(picture, at)}`, {
    ...fields,
    ...code,
    generation: to.memory.generation,
  });
};

/** Starts deciding: looks for the bot, adopts the socket it has or has one opened. Call in the turn the channel was opened. */
export const startController = (options: ControllerOptions): Controller => {
  const { channel, settings, schedule, clock, random, log } = options;
  const executor = createExecutor(channel, clock);
  const timers = createNamedTimers<ConnectionTimer>(clock);
  const surroundings: Surroundings = { channel, executor, timers, random, log };
  const watchdog = startWatchdog({
    channel,
    settings: options.watchdog,
    clock,
    log,
    onDead: (generation, reason) => machine.send({ type: "socketSilent", generation, reason, chance: random() }),
  });
  const reconnect = (): void => machine.send({ type: "reconnect" });
  const planned = schedule && createPlannedReconnects({ channel, schedule, clock, log, reconnect });
  const machine = interpret({
    transition: transitionConnection,
    context: settings,
    initial: initialConnection(clock.now()),
    clock,
    perform: (effect, send) => performEffect(surroundings, effect, send),
    onTransition: (change) => {
      report(log, change);
      watchdog.follow(change.to);
      planned?.follow(change.to);
    },
    onEffectFailure: (effect, error) => afterFailure(log, effect, error),
  });
  const stop = (): void => {
    machine.stop();
    watchdog.stop();
    planned?.stop();
    timers.cancelAll();
  };
  listenToBot(channel, machine, executor, random);
  channel.onClose(stop);
  machine.send({ type: "start" });
  return {
    get state() {
      return machine.state;
    },
    stop,
  };
};
