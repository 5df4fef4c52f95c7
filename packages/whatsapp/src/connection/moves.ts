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
  unattended: undefined,
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

/** When the next attempt may begin. Never further away than the spacing, though somebody may have set the clock. */
const mayConnectAtMs = ({ spacingMs }: ConnectionSettings, { connectedAtMs }: ConnectionMemory, now: number): number =>
  connectedAtMs === null ? now : now + Math.min(spacingMs, Math.max(0, connectedAtMs + spacingMs - now));

/** A fresh socket, with a generation of its own, where the wait for it is over. */
export const connectNow = (
  settings: ConnectionSettings,
  old: ConnectionMemory,
  now: number,
  before: readonly ConnectionEffect[] = [],
): Step => {
  const memory = { ...old, generation: old.generation + 1, connectedAtMs: now };
  const { generation, resumedAtMs } = memory;
  return [
    { status: "connecting", sinceMs: now, memory, socket: generation },
    [
      ...before,
      { type: "connect", generation, resumedAtMs },
      startTimer(memory, "connectDeadline", settings.connectDeadlineMs),
    ],
  ];
};

/** A fresh socket as soon as there may be one. `before` (leaving the old state) comes first. */
export const toConnecting = (
  settings: ConnectionSettings,
  memory: ConnectionMemory,
  now: number,
  before: readonly ConnectionEffect[] = [],
): Step =>
  mayConnectAtMs(settings, memory, now) > now
    ? toBackingOff(settings, memory, { kind: "spacing", untilMs: now }, now, before)
    : connectNow(settings, memory, now, before);

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

/** No socket until `untilMs`, or later where that would be too close to the last attempt. */
export const toBackingOff = (
  settings: ConnectionSettings,
  memory: ConnectionMemory,
  pause: { kind: PauseKind; untilMs: number },
  now: number,
  before: readonly ConnectionEffect[],
): Step => {
  const untilMs = Math.max(pause.untilMs, mayConnectAtMs(settings, memory, now));
  return [
    { status: "backingOff", sinceMs: now, memory, kind: pause.kind, untilMs },
    [...before, startTimer(memory, "backOff", untilMs - now)],
  ];
};
