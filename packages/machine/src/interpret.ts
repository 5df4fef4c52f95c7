import type { Clock } from "./clock.ts";
import type { MachineEffect, MachineEvent, MachineState, Transition } from "./transition.ts";

/** One change, as logs and metrics want it. */
export interface TransitionRecord<State, Event, Effect> {
  readonly from: State;
  readonly to: State;
  readonly event: Event;
  readonly effects: readonly Effect[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface InterpretOptions<Context, State, Event, Effect> {
  readonly transition: Transition<Context, State, Event, Effect>;
  readonly context: Context;
  readonly initial: State;
  readonly clock: Clock;
  /** Does one effect. What it learns comes back through `send`; a rejection goes to `onEffectFailure`. */
  readonly perform: (effect: Effect, send: (event: Event) => void) => void | Promise<void>;
  /** Called once for each change of state or list of effects, before the effects are performed. */
  readonly onTransition?: (record: TransitionRecord<State, Event, Effect>) => void;
  /** Turns a failed effect into an event, so that the machine decides; `undefined` drops it. */
  readonly onEffectFailure: (effect: Effect, error: unknown) => Event | undefined;
}

/** A running machine. */
export interface Interpreter<State, Event> {
  readonly state: State;
  send(event: Event): void;
  /** Events sent after this are dropped. Timers are the owner's to cancel. */
  stop(): void;
}

/**
 * Runs a pure machine. Events queue: one raised by an effect is handled after the current one is done, so a transition
 * never sees a state in the middle of another.
 */
export const interpret = <
  Context,
  State extends MachineState,
  Event extends MachineEvent,
  Effect extends MachineEffect,
>(
  options: InterpretOptions<Context, State, Event, Effect>,
): Interpreter<State, Event> => {
  const queue: Event[] = [];
  let state = options.initial;
  let running = false;
  let stopped = false;

  const fail = (effect: Effect, error: unknown): void => {
    const event = options.onEffectFailure(effect, error);
    if (event !== undefined) send(event);
  };

  const perform = (effect: Effect): void => {
    try {
      const outcome = options.perform(effect, send);
      if (outcome instanceof Promise) outcome.catch((error: unknown) => fail(effect, error));
    } catch (error) {
      fail(effect, error);
    }
  };

  const step = (event: Event): void => {
    const at = options.clock.now();
    const from = state;
    const [to, effects] = options.transition(options.context, from, event, at);
    state = to;
    if (to !== from || effects.length > 0) options.onTransition?.({ from, to, event, effects, at });
    for (const effect of effects) perform(effect);
  };

  const send = (event: Event): void => {
    if (stopped) return;
    queue.push(event);
    if (running) return;
    running = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) step(next);
    } finally {
      running = false;
    }
  };

  return {
    get state() {
      return state;
    },
    send,
    stop() {
      stopped = true;
      queue.length = 0;
    },
  };
};
