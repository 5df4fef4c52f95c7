import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { interpret, systemClock } from "@blacksky/machine";
import { createDeferred } from "./deferred.ts";
import { createHands } from "./hands.ts";
import { logTransition } from "./log.ts";
import { contextOf, type SupervisorOptions } from "./options.ts";
import type { SupervisorEffect, SupervisorEvent } from "./supervisor/event.ts";
import {
  initialSupervisorState,
  type StopOutcome,
  type SupervisorContext,
  type SupervisorEnd,
  type SupervisorState,
} from "./supervisor/state.ts";
import { supervisorTransition } from "./supervisor/transition.ts";
import { isSameView, viewChildren, type ChildView } from "./view.ts";

/** Keeps children alive: one_for_one, with OTP's words and rules. */
export interface Supervisor {
  start(): void;
  /** All children were ready once. Stays pending when the supervisor ends before; race it with `ended`. */
  readonly started: Promise<void>;
  /** Stops all children in reverse order. Another call returns the same promise. */
  stop(reason: string): Promise<StopOutcome>;
  /**
   * A planned restart of all: stops in reverse order and starts in order, as if it were the first time. Not counted
   * against the intensity; nothing happens during a stop.
   */
  restart(reason: string): void;
  /**
   * A planned restart: shutdown, then start again at once; not counted against the intensity.
   *
   * @throws BlackskyError `supervisor.unknownChild`
   */
  recycle(id: string, reason: string): void;
  children(): readonly ChildView[];
  /** The channel of the living generation; `undefined` while there is none. */
  channel(id: string): Channel | undefined;
  readonly ended: Promise<SupervisorEnd>;
}

interface Ending {
  readonly end: SupervisorEnd;
  readonly outcome: StopOutcome;
}

/**
 * Makes a supervisor of these children; nothing runs before `start`.
 *
 * @throws BlackskyError `supervisor.duplicateChild`
 */
export const createSupervisor = (options: SupervisorOptions): Supervisor => {
  const { log, clock = systemClock } = options;
  const context = contextOf(options);
  const started = createDeferred<void>();
  const ended = createDeferred<Ending>();
  const outcome = ended.promise.then((ending) => ending.outcome);
  const hands = createHands(options, (id, news) => machine.send({ type: "child", id, news }));

  const machine = interpret<SupervisorContext, SupervisorState, SupervisorEvent, SupervisorEffect>({
    transition: supervisorTransition,
    context,
    initial: initialSupervisorState(context),
    clock,
    perform(effect) {
      switch (effect.type) {
        case "child":
          hands.perform(effect.id, effect.effect);
          break;
        case "announceStarted":
          started.resolve();
          break;
        case "announceEnded":
          hands.rest();
          ended.resolve(effect);
          break;
      }
    },
    onTransition(record) {
      logTransition(log, record);
      const views = viewChildren(context, record.to);
      const before = viewChildren(context, record.from);
      if (!views.every((view, index) => isSameView(view, before[index]))) options.onChange(views);
    },
    onEffectFailure: (effect, error) =>
      effect.type === "child" ? hands.explainFailure(effect.id, effect.effect, error) : undefined,
  });

  return {
    start: () => machine.send({ type: "start" }),
    started: started.promise,
    stop(reason) {
      machine.send({ type: "stop", reason });
      return outcome;
    },
    restart: (reason) => machine.send({ type: "restart", reason }),
    recycle(id, reason) {
      if (machine.state.children[id] === undefined) {
        throw new BlackskyError("supervisor.unknownChild", `There is no child called ${id}.`);
      }
      machine.send({ type: "recycle", id, reason });
    },
    children: () => viewChildren(context, machine.state),
    channel: (id) => hands.channel(id),
    ended: ended.promise.then(({ end }) => end),
  };
};
