import { describeError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { createNamedTimers, systemClock } from "@blacksky/machine";
import type { ChildEffect } from "./child/effect.ts";
import type { ChildNews } from "./child/event.ts";
import type { SupervisorOptions } from "./options.ts";
import { DEFAULT_HEARTBEAT } from "./defaults.ts";
import { startLivingChild, type LivingChild } from "./living-child.ts";
import { spawnWithNode } from "./spawn.ts";
import type { SupervisorEvent } from "./supervisor/event.ts";

/** The part of a supervisor that touches the world: it does what the machine wants done and tells it the news. */
export interface Hands {
  perform(id: string, effect: ChildEffect): void;
  /** Turns an effect that threw into an event, where the machine has to know. */
  explainFailure(id: string, effect: ChildEffect, error: unknown): SupervisorEvent | undefined;
  channel(id: string): Channel | undefined;
  /** Lets go of all timers. */
  rest(): void;
}

/** @param tell takes the news of one child */
export const createHands = (options: SupervisorOptions, tell: (id: string, news: ChildNews) => void): Hands => {
  const { log, spawn = spawnWithNode, clock = systemClock, random = Math.random } = options;
  const { heartbeat = DEFAULT_HEARTBEAT } = options;
  const living = new Map<string, LivingChild>();
  const timers = createNamedTimers<string>(clock);

  const launch = (id: string, generation: number): void => {
    const spec = options.children.find((child) => child.id === id);
    if (spec === undefined) return;
    const pass = (news: ChildNews): void => {
      const isGone = news.type === "exited" || news.type === "spawnFailed";
      if (isGone && living.get(id)?.generation === generation) living.delete(id);
      tell(id, news);
    };
    const child = startLivingChild({ spec, generation, spawn, clock, random, tell: pass });
    living.set(id, child);
    options.onChannel(id, child.channel, generation);
  };

  const startTimer = (id: string, { name, generation, delayMs }: Extract<ChildEffect, { type: "startTimer" }>): void =>
    timers.start(`${id}/${name}`, delayMs, () => tell(id, { type: "timer", generation, name }));

  return {
    perform(id, effect) {
      switch (effect.type) {
        case "spawn":
          return launch(id, effect.generation);
        case "kill":
          return living.get(id)?.kill();
        case "sendShutdown":
          return living.get(id)?.shutDown(effect.deadlineMs);
        case "sendPing":
          return living.get(id)?.ping(heartbeat.deadlineMs);
        case "startTimer":
          return startTimer(id, effect);
        case "cancelTimer":
          return timers.cancel(`${id}/${effect.name}`);
        case "report":
          return log[effect.level](effect.message, effect.fields);
      }
    },
    explainFailure(id, effect, error) {
      const why = describeError(error);
      log.error(`${id}: ${effect.type} failed: ${why}`, { child: id, effect: effect.type, error });
      if (effect.type !== "spawn") return undefined;
      const { generation } = effect;
      // A process that lives although something threw must not get a twin.
      const news: ChildNews =
        living.get(id)?.generation === generation
          ? { type: "violated", generation, why: `could not be given its channel: ${why}` }
          : { type: "spawnFailed", generation, why, chance: random() };
      return { type: "child", id, news };
    },
    channel: (id) => living.get(id)?.channel,
    rest: () => timers.cancelAll(),
  };
};
