import type { AlertKind, ConnectionEffect } from "./effect.ts";
import type { ConnectionTimer } from "./event.ts";
import type { ConnectionSettings } from "./settings.ts";
import type { ConnectionMemory, ConnectionState, Live, PauseKind } from "./state.ts";

/** The next state and what to do. */
export type Step = readonly [ConnectionState, readonly ConnectionEffect[]];

// Node's timers hold 31 bits of milliseconds; longer waits are taken in days.
const LONGEST_TIMER_MS = 86_400_000;

/** Nothing happens: the same state object and no effects. */
export const ignore = (state: ConnectionState): Step => [state, []];

const TIMER_OF = {
  idle: "describe",
  connecting: "connectDeadline",
  pairing: undefined,
  open: "healthy",
  backingOff: "backOff",
  loggedOut: undefined,
  replaced: "probe",
  refused: undefined,
  stopped: undefined,
} as const satisfies Record<ConnectionState["status"], ConnectionTimer | undefined>;

/** Cancels the timer of the state that is left. */
export const leave = (state: ConnectionState): readonly ConnectionEffect[] => {
  const name = TIMER_OF[state.status];
  return name === undefined ? [] : [{ type: "cancelTimer", name }];
};

/** Starts a timer of this generation. */
export const startTimer = (memory: ConnectionMemory, name: ConnectionTimer, delayMs: number): ConnectionEffect => ({
  type: "startTimer",
  name,
  delayMs: Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS),
  generation: memory.generation,
});

/** Ends the socket of a state that holds one. */
export const endSocket = (state: Live, reason: string): ConnectionEffect => ({
  type: "end",
  generation: state.socket,
  reason,
});

/** Tells a person. */
export const alert = (kind: AlertKind, text: string): ConnectionEffect => ({ type: "alert", kind, text });

/** A fresh socket, with a generation of its own. `before` (leaving the old state) comes first. */
export const toConnecting = (
  settings: ConnectionSettings,
  old: ConnectionMemory,
  now: number,
  before: readonly ConnectionEffect[] = [],
): Step => {
  const memory = { ...old, generation: old.generation + 1 };
  const { generation } = memory;
  return [
    { status: "connecting", sinceMs: now, memory, socket: generation },
    [...before, { type: "connect", generation }, startTimer(memory, "connectDeadline", settings.connectDeadlineMs)],
  ];
};

/** The bot is not there, or not under our control: news from before stops counting; ask until somebody answers. */
export const toIdle = (
  settings: ConnectionSettings,
  old: ConnectionMemory,
  now: number,
  { before = [], describe }: { before?: readonly ConnectionEffect[]; describe: boolean },
): Step => {
  const memory = { ...old, generation: old.generation + 1 };
  const ask: readonly ConnectionEffect[] = describe ? [{ type: "describe", generation: memory.generation }] : [];
  return [
    { status: "idle", sinceMs: now, memory },
    [...before, ...ask, startTimer(memory, "describe", settings.describeMs)],
  ];
};

/** No socket until `untilMs`. */
export const toBackingOff = (
  memory: ConnectionMemory,
  pause: { kind: PauseKind; untilMs: number },
  now: number,
  before: readonly ConnectionEffect[],
): Step => [
  { status: "backingOff", sinceMs: now, memory, ...pause },
  [...before, startTimer(memory, "backOff", pause.untilMs - now)],
];
