/**
 * A pure state machine: what happens next, and what is to be done about it, as a function of the present.
 * It never awaits, logs, reads the clock or rolls dice. An ignored event returns the same state object and no effects.
 *
 * @param now milliseconds since the epoch, from the interpreter's clock
 */
export type Transition<Context, State, Event, Effect> = (
  context: Context,
  state: State,
  event: Event,
  now: number,
) => readonly [State, readonly Effect[]];

/** States, events and effects are discriminated unions; these are the fields that tell their members apart. */
export interface MachineState {
  readonly status: string;
}
export interface MachineEvent {
  readonly type: string;
}
export interface MachineEffect {
  readonly type: string;
}
