import { createFakeClock, createNamedTimers, interpret } from "@blacksky/machine";
import type { ConnectionEffect } from "../effect.ts";
import type { ConnectionEvent, ConnectionTimer, SocketClosed } from "../event.ts";
import { connectionPicture, type ConnectionPicture } from "../picture.ts";
import { connectionSettings } from "../settings.ts";
import type { Standing } from "../standing.ts";
import { initialConnection } from "../state.ts";
import { transitionConnection } from "../transition.ts";

/** The machine on a fake clock that starts at 0, with every roll 0; what it wants is written down, timers run. */
export interface Rig {
  send(event: ConnectionEvent): void;
  advance(ms: number): void;
  /** Somebody sets the wall clock. */
  setWall(byMs: number): void;
  now(): number;
  generation(): number;
  /** The bot's answer to the last question. */
  adopt(socket: "none" | "connecting" | "pairing" | "open", generation?: number, standing?: Standing | null): void;
  /** The socket in hand logs in. */
  open(): void;
  closed(code: number, more?: Partial<SocketClosed>): Omit<SocketClosed, "type">;
  /** The socket in hand ends. */
  close(code: number, more?: Partial<SocketClosed>): void;
  picture(): ConnectionPicture;
  pendingTimers(): ConnectionTimer[];
  /** What was wanted since the last call, timers left out: `connect 1`, `alert replaced`, `publish open`. */
  taken(): string[];
}

const word = (effect: ConnectionEffect): string => {
  switch (effect.type) {
    case "connect":
    case "end":
      return `${effect.type} ${String(effect.generation)}`;
    case "archiveSession":
      return `${effect.type} ${effect.reason}`;
    case "alert":
      return `${effect.type} ${effect.kind}`;
    case "publish":
      return `${effect.type} ${effect.picture.state}`;
    case "describe":
    case "recycleExecutor":
    case "startTimer":
    case "cancelTimer":
      return effect.type;
  }
};

/** A rig in the state before `start`. */
export const createRig = (): Rig => {
  const clock = createFakeClock();
  const timers = createNamedTimers<ConnectionTimer>(clock);
  const pending = new Set<ConnectionTimer>();
  let wanted: string[] = [];

  const perform = (effect: ConnectionEffect, send: (event: ConnectionEvent) => void): void => {
    if (effect.type === "startTimer") {
      const { name, delayMs, generation } = effect;
      pending.add(name);
      timers.start(name, delayMs, () => {
        pending.delete(name);
        send({ type: "timer", name, generation, chance: 0 });
      });
    } else if (effect.type === "cancelTimer") {
      pending.delete(effect.name);
      timers.cancel(effect.name);
    } else {
      wanted.push(word(effect));
    }
  };

  const machine = interpret({
    transition: transitionConnection,
    context: connectionSettings({ initialDelayMs: 3000, maxDelayMs: 60_000, maxRetries: 15 }),
    initial: initialConnection(0),
    clock,
    perform,
    onEffectFailure: () => undefined,
  });
  const generation = (): number => machine.state.memory.generation;
  const closed: Rig["closed"] = (code, more = {}) => ({
    generation: generation(),
    code,
    origin: "stream",
    paired: true,
    intentional: false,
    chance: 0,
    ...more,
  });

  return {
    send: (event) => machine.send(event),
    advance: (ms) => clock.advance(ms),
    setWall: (byMs) => clock.setWall(byMs),
    now: () => clock.now(),
    generation,
    adopt(socket, ofSocket = 0, standing = null) {
      const found = { socket, generation: ofSocket, sinceMs: clock.now(), standing, chance: 0 };
      machine.send({ type: "adopted", asked: generation(), ...found });
    },
    open: () => machine.send({ type: "socketOpened", generation: generation() }),
    closed,
    close: (code, more) => machine.send({ type: "socketClosed", ...closed(code, more) }),
    picture: () => connectionPicture(machine.state),
    pendingTimers: () => [...pending],
    taken() {
      const taken = wanted;
      wanted = [];
      return taken;
    },
  };
};

/** A rig whose first socket is connecting, or open. */
export const connectedRig = ({ open = true } = {}): Rig => {
  const rig = createRig();
  rig.send({ type: "start" });
  rig.adopt("none");
  if (open) rig.open();
  rig.taken();
  return rig;
};
