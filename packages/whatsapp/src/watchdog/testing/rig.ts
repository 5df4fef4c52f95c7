import { createFakeClock, createNamedTimers, interpret } from "@blacksky/machine";
import type { WatchdogEffect } from "../effect.ts";
import type { Vitals, WatchdogEvent, WatchdogTimer } from "../event.ts";
import { watchdogSettings, type WatchdogSettings } from "../settings.ts";
import { initialWatchdog, type WatchdogState } from "../state.ts";
import { transitionWatchdog } from "../transition.ts";

/** The world the watchdog looks at, as a test makes it. Times on the rig's clock. */
export interface World {
  /** WhatsApp answers. */
  lineAlive: boolean;
  /** The bot answers. */
  botAlive: boolean;
  /** How long its event loop was blocked lately. */
  lagMs: number;
  sending: boolean;
  /** The socket the bot has. */
  socket: number | null;
  frames: number;
  lastFrameAt: number;
  /** How long WhatsApp takes to answer. */
  rttMs: number;
}

/** The watchdog on a fake clock that starts at 0; its questions are answered by a world. */
export interface Rig {
  readonly world: World;
  readonly state: WatchdogState;
  send(event: WatchdogEvent): void;
  advance(ms: number): void;
  now(): number;
  /** Something arrives from WhatsApp. */
  frame(): void;
  /** What was wanted since the last call, timers left out: `askVitals`, `probe 1`, `declareDead 7`. */
  taken(): string[];
  /** The sentences that went with it. */
  readonly told: string[];
}

const SOCKET = 7;

const word = (effect: WatchdogEffect): string => {
  switch (effect.type) {
    case "probe":
      return `probe ${String(effect.attempt)}`;
    case "declareDead":
      return `declareDead ${String(effect.socket)}`;
    case "askVitals":
    case "restartBot":
    case "alert":
    case "startTimer":
    case "cancelTimer":
      return effect.type;
  }
};

const vitalsOf = (world: World, now: number): Vitals => ({
  socket:
    world.socket === null
      ? null
      : { generation: world.socket, frames: world.frames, silentMs: now - world.lastFrameAt },
  lagMs: world.lagMs,
  sending: world.sending,
});

/** How long the bot itself may be waited for beyond the deadline of a ping. */
const MARGIN_MS = 3000;

/** A rig whose connection has just opened. */
export const createRig = (overrides: Partial<WatchdogSettings> = {}, checkMs = 60_000): Rig => {
  const clock = createFakeClock();
  const timers = createNamedTimers<WatchdogTimer>(clock);
  const world: World = {
    lineAlive: true,
    botAlive: true,
    lagMs: 0,
    sending: false,
    socket: SOCKET,
    frames: 0,
    lastFrameAt: 0,
    rttMs: 80,
  };
  let wanted: string[] = [];
  const told: string[] = [];
  const frame = (): void => {
    world.frames += 1;
    world.lastFrameAt = clock.now();
  };

  const probe = (generation: number, deadlineMs: number, send: (event: WatchdogEvent) => void): void => {
    if (!world.botAlive) {
      clock.startTimer(deadlineMs + MARGIN_MS, () => send({ type: "probeFailed", generation, cause: "mute" }));
    } else if (world.lineAlive && world.rttMs < deadlineMs) {
      clock.startTimer(world.rttMs, () => {
        frame();
        send({ type: "probeAnswered", generation });
      });
    } else {
      clock.startTimer(deadlineMs, () => send({ type: "probeFailed", generation, cause: "unanswered" }));
    }
  };

  const perform = (effect: WatchdogEffect, send: (event: WatchdogEvent) => void): void => {
    if ("reason" in effect) told.push(effect.reason);
    if (effect.type === "startTimer") {
      const { name, delayMs, generation } = effect;
      timers.start(name, delayMs, () => send({ type: "timer", name, generation }));
      return;
    }
    if (effect.type === "cancelTimer") {
      timers.cancel(effect.name);
      return;
    }
    wanted.push(word(effect));
    if (effect.type === "probe") probe(effect.generation, effect.deadlineMs, send);
    if (effect.type !== "askVitals") return;
    const { generation, deadlineMs } = effect;
    if (world.botAlive) send({ type: "vitalsRead", generation, vitals: vitalsOf(world, clock.now()) });
    else clock.startTimer(deadlineMs, () => send({ type: "vitalsMissed", generation }));
  };

  const machine = interpret({
    transition: transitionWatchdog,
    context: watchdogSettings(checkMs, overrides),
    initial: initialWatchdog,
    clock,
    perform,
    onEffectFailure: (_effect, error) => {
      throw error;
    },
  });
  machine.send({ type: "opened", socket: SOCKET });
  return {
    world,
    told,
    get state() {
      return machine.state;
    },
    send: (event) => machine.send(event),
    advance: (ms) => clock.advance(ms),
    now: () => clock.now(),
    frame,
    taken() {
      const taken = wanted;
      wanted = [];
      return taken;
    },
  };
};
