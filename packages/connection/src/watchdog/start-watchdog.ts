import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import { createNamedTimers, interpret, type Clock } from "@blacksky/machine";
import {
  initialWatchdog,
  transitionWatchdog,
  type ConnectionState,
  type WatchdogSettings,
  type WatchdogTimer,
} from "@blacksky/whatsapp";
import { afterFailure, performEffect } from "./perform.ts";

export interface WatchdogOptions {
  /** To the parent, which passes on to the bot. */
  readonly channel: Channel;
  readonly settings: WatchdogSettings;
  readonly clock: Clock;
  readonly log: Logger;
  /** This socket is dead; the reason is in plain words. */
  readonly onDead: (socket: number, reason: string) => void;
}

/** The running watchdog. */
export interface Watchdog {
  /** The connection is in this state now. */
  follow(state: ConnectionState): void;
  stop(): void;
}

/** Starts a watchdog, which sleeps until a connection is open. */
export const startWatchdog = ({ channel, settings, clock, log, onDead }: WatchdogOptions): Watchdog => {
  const timers = createNamedTimers<WatchdogTimer>(clock);
  const machine = interpret({
    transition: transitionWatchdog,
    context: settings,
    initial: initialWatchdog,
    clock,
    perform: (effect, send) => performEffect({ channel, timers, log, onDead }, effect, send),
    onEffectFailure: (effect, error) => afterFailure(log, effect, error),
  });
  return {
    follow(state) {
      machine.send(state.status === "open" ? { type: "opened", socket: state.socket } : { type: "left" });
    },
    stop() {
      machine.stop();
      timers.cancelAll();
    },
  };
};
