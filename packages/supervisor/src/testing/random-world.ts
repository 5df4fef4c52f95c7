import { EXIT } from "@blacksky/errors";
import {
  createFakeClock,
  createNamedTimers,
  interpret,
  pick,
  type FakeClock,
  type Interpreter,
  type Random,
} from "@blacksky/machine";
import type { ChildEffect } from "../child/effect.ts";
import type { ChildNews } from "../child/event.ts";
import type { SupervisorEffect, SupervisorEvent } from "../supervisor/event.ts";
import { initialSupervisorState, type SupervisorContext, type SupervisorState } from "../supervisor/state.ts";
import { supervisorTransition } from "../supervisor/transition.ts";

/** A supervisor in a world of dice. */
export interface RandomWorld {
  readonly machine: Interpreter<SupervisorState, SupervisorEvent>;
  readonly clock: FakeClock;
  /** Something happens, or time passes. */
  step(): void;
  /** What must never be, as soon as it is. */
  readonly broken: readonly string[];
  /** Epoch milliseconds of all restarts after an unplanned ending. */
  readonly restartedAtMs: readonly number[];
}

/** @param calm from 0 (much dies) to 1 (nothing dies by itself) */
export const createRandomWorld = (context: SupervisorContext, random: Random, calm: number): RandomWorld => {
  const clock = createFakeClock(1_000_000);
  const timers = createNamedTimers<string>(clock);
  const living = new Map<string, number>();
  const broken: string[] = [];
  const restartedAtMs: number[] = [];
  const tell = (id: string, news: ChildNews): void => machine.send({ type: "child", id, news });
  const chance = (share: number): boolean => random() < share;

  const die = (id: string, generation: number, code: number | null): void => {
    if (living.get(id) !== generation) return;
    living.delete(id);
    tell(id, { type: "exited", generation, code, signal: code === null ? "SIGKILL" : null, chance: random() });
  };
  const later = (what: string, happen: () => void): void => timers.start(what, Math.floor(random() * 400), happen);

  const spawn = (id: string, generation: number): void => {
    if (living.has(id)) broken.push(`two living processes of ${id}`);
    if (chance((1 - calm) * 0.1)) {
      tell(id, { type: "spawnFailed", generation, why: "ENOENT", chance: random() });
      return;
    }
    living.set(id, generation);
    tell(id, { type: "spawned", generation, pid: 1 });
    if (chance(0.95))
      later(`${id} hello`, () => tell(id, { type: "helloed", generation, protocolVersion: chance(0.998) ? 7 : 6 }));
    if (chance(0.95)) later(`${id} ready`, () => tell(id, { type: "ready", generation }));
  };

  const perform = (id: string, effect: ChildEffect): void => {
    switch (effect.type) {
      case "spawn":
        return spawn(id, effect.generation);
      case "kill":
        return later(`${id} dies`, () => die(id, effect.generation, null));
      case "sendShutdown":
        if (chance(0.8)) later(`${id} dies`, () => die(id, effect.generation, 0));
        return;
      case "sendPing":
        if (chance(0.97)) later(`${id} pong`, () => tell(id, { type: "pinged", generation: effect.generation }));
        return;
      case "startTimer": {
        const { name, generation, delayMs } = effect;
        return timers.start(`${id}/${name}`, delayMs, () => tell(id, { type: "timer", generation, name }));
      }
      case "cancelTimer":
        return timers.cancel(`${id}/${effect.name}`);
      case "report":
    }
  };

  const watch = (from: SupervisorState, to: SupervisorState): void => {
    for (const [id, before] of Object.entries(from.children)) {
      const after = to.children[id];
      if (after === undefined) continue;
      if (before.status === "failed" && after !== before) broken.push(`${id} rose after it failed`);
      if (before.status !== "backingOff" && after.status === "backingOff") restartedAtMs.push(clock.now());
      const born = after.tally.generation > before.tally.generation;
      if (born && to.status !== "starting" && to.status !== "running") broken.push(`${id} started in a stop`);
    }
    const order = context.children.map(({ spec }) => to.children[spec.id]?.tally.generation ?? 0);
    if (order.some((generation, index) => generation > 0 && order.slice(0, index).includes(0)))
      broken.push("start order");
  };

  const machine: Interpreter<SupervisorState, SupervisorEvent> = interpret<
    SupervisorContext,
    SupervisorState,
    SupervisorEvent,
    SupervisorEffect
  >({
    transition: supervisorTransition,
    context,
    initial: initialSupervisorState(context),
    clock,
    perform: (effect) => (effect.type === "child" ? perform(effect.id, effect.effect) : undefined),
    onTransition: ({ from, to }) => watch(from, to),
    onEffectFailure: (_effect, error) => {
      broken.push(String(error));
      return undefined;
    },
  });

  const step = (): void => {
    clock.advance(Math.floor(random() * 1500));
    const id = pick(random, context.children).spec.id;
    const generation = machine.state.children[id]?.tally.generation ?? 0;
    if (chance((1 - calm) * 0.1)) die(id, generation, pick(random, [0, 1, 1, 1, null]));
    if (chance((1 - calm) * 0.001)) die(id, generation, EXIT.unavailable);
    if (chance((1 - calm) * 0.02)) tell(id, { type: "violated", generation, why: "nonsense" });
    if (chance(0.02)) machine.send({ type: "recycle", id, reason: "walk" });
    if (chance(0.005)) machine.send({ type: "restart", reason: "walk" });
    if (chance(0.05)) tell(id, { type: "ready", generation: generation - 1 });
  };

  return { machine, clock, step, broken, restartedAtMs };
};
