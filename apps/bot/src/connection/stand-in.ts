import { startController, type ControllerSettings } from "@blacksky/connection";
import { BlackskyError } from "@blacksky/errors";
import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock, Random, Timer } from "@blacksky/machine";
import { alerts, connection, control } from "@blacksky/protocol";
import type { ConnectionPicture } from "@blacksky/whatsapp";

/** A keeper that crashed is back within a second; one that is not will not be so soon. */
const AWAY_MS = 5_000;
/** Within this process an answer takes no time. */
const WISH_DEADLINE_MS = 1_000;

export interface StandInOptions extends ControllerSettings {
  /** To the runner and, through it, to the keeper. */
  readonly channel: Channel;
  /** Has orders that come over this channel carried out. */
  readonly obey: (channel: Channel) => void;
  /** Told how the connection is while the bot decides over it. */
  readonly onChanged: (picture: ConnectionPicture) => void;
  /** True from the moment the bot ends. */
  readonly isEnding: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Decides over the connection while there is no keeper. */
export interface StandIn {
  /** Tells whoever decides now, besides the runner. */
  readonly emit: Channel["emit"];
  /** There is a keeper: it has given an order. */
  keeperHeard(): void;
  stop(): void;
}

interface Controlling {
  readonly channel: Channel;
  stop(): void;
}

/** The runner passes it on to us when there is no keeper; ours are the first seconds of that. */
const noKeeperError = (): BlackskyError =>
  new BlackskyError("connection.noKeeper", "Nobody decides over the connection at this moment.", {
    hint: "Try again in a few seconds.",
  });

const takeOver = (options: StandInOptions): Controlling => {
  const { channel, obey, onChanged, clock, log } = options;
  const ports = linkPorts();
  const onViolation = (error: Error): void => log.error("The bot contradicts itself.", { error });
  const own = createChannel({ port: ports.parent, clock, onViolation });
  obey(own);
  own.on(connection.changed, (picture) => {
    onChanged(picture);
    channel.emit(connection.changed, picture);
  });
  own.on(alerts.raised, (alert) => channel.emit(alerts.raised, alert));
  own.on(control.restartRequested, (request) => channel.emit(control.restartRequested, request));
  const orders = createChannel({ port: ports.child, clock, onViolation });
  const controller = startController({ ...options, channel: orders });
  return {
    channel: own,
    stop() {
      controller.stop();
      ports.disconnect();
    },
  };
};

/**
 * Runs the keeper's own machine in the bot while no keeper has been heard for a while. It begins as a keeper does, with
 * what there is, and so does the keeper that comes back: neither costs a connection. Generations only grow, so what
 * either still says of an older socket is dropped.
 */
export const createStandIn = (options: StandInOptions): StandIn => {
  const { channel, clock, log, isEnding } = options;
  let timer: Timer | undefined;
  let controlling: Controlling | undefined;

  const begin = (): void => {
    timer = undefined;
    if (isEnding() || controlling !== undefined) return;
    log.warn("There is no keeper: the bot decides over its connection itself until there is one.");
    controlling = takeOver(options);
  };
  const expectKeeper = (): void => {
    timer?.cancel();
    timer = clock.startTimer(AWAY_MS, begin);
  };
  const stop = (): void => {
    timer?.cancel();
    timer = undefined;
    controlling?.stop();
    controlling = undefined;
  };

  channel.on(connection.keeperLost, expectKeeper);
  channel.handle(connection.reconnect, async (wish) => {
    if (controlling === undefined) throw noKeeperError();
    return controlling.channel.request(connection.reconnect, wish, { deadlineMs: WISH_DEADLINE_MS });
  });
  channel.on(connection.pairingWanted, () => controlling?.channel.emit(connection.pairingWanted, {}));
  expectKeeper();

  return {
    emit: (definition, body) => {
      channel.emit(definition, body);
      controlling?.channel.emit(definition, body);
    },
    keeperHeard() {
      if (controlling !== undefined) log.info("The keeper is back; it decides from here on.");
      stop();
    },
    stop,
  };
};
