import { describe, expect, test } from "@jest/globals";
import type { ConnectionEffect } from "./effect.ts";
import type { Adopted, ConnectionEvent, ConnectionTimer } from "./event.ts";
import { connectionSettings } from "./settings.ts";
import { initialConnection, type ConnectionState, type ConnectionStatus } from "./state.ts";
import { transitionConnection } from "./transition.ts";

const settings = connectionSettings({ initialDelayMs: 3000, maxDelayMs: 60_000, maxRetries: 15 });
const NOW = 1_000_000;
const G = 7;

const memory = { ...initialConnection(0).memory, generation: G, attempts: 1 };
const base = { sinceMs: 0, memory };

/** The states, those with two faces twice. */
const STATES = {
  idle: { ...base, status: "idle" },
  connecting: { ...base, status: "connecting", socket: G },
  pairing: { ...base, status: "pairing", socket: G },
  open: { ...base, status: "open", socket: G },
  backingOff: { ...base, status: "backingOff", kind: "lost", untilMs: NOW },
  held: { ...base, status: "backingOff", kind: "temporaryBan", untilMs: NOW },
  spacing: { ...base, status: "backingOff", kind: "spacing", untilMs: NOW },
  loggedOut: { ...base, status: "loggedOut" },
  probing: { ...base, status: "replaced", probeAtMs: NOW },
  replaced: { ...base, status: "replaced", probeAtMs: null },
  refused: { ...base, status: "refused" },
  stopped: { ...base, status: "stopped" },
} satisfies Record<ConnectionStatus | "held" | "spacing" | "probing", ConnectionState>;

const closed = (
  code: number,
  more: Partial<Extract<ConnectionEvent, { type: "socketClosed" }>> = {},
): ConnectionEvent => ({
  type: "socketClosed",
  generation: G,
  code,
  origin: "stream",
  paired: true,
  intentional: false,
  chance: 0,
  ...more,
});
const adopted = (socket: "none" | "connecting" | "pairing" | "open"): ConnectionEvent => ({
  type: "adopted",
  asked: G,
  socket,
  generation: 3,
  sinceMs: 0,
});
const timer = (name: ConnectionTimer): ConnectionEvent => ({ type: "timer", name, generation: G, chance: 0 });

/** Every event, the timers by name, the answers by socket, the ends by code. One that is left out does not compile. */
type EventName =
  | Exclude<ConnectionEvent["type"], "timer" | "adopted" | "socketClosed">
  | `${ConnectionTimer}Timer`
  | `adopted${Capitalize<Adopted["socket"]>}`
  | `closed${string}`
  | "ahead";

const EVENTS = {
  start: { type: "start" },
  stop: { type: "stop" },
  reconnect: { type: "reconnect" },
  resume: { type: "resume" },
  executorStarted: { type: "executorStarted" },
  executorLost: { type: "executorLost" },
  connectStarted: { type: "connectStarted", generation: G },
  connectRefused: { type: "connectRefused", generation: G },
  adoptedNone: adopted("none"),
  adoptedConnecting: adopted("connecting"),
  adoptedPairing: adopted("pairing"),
  adoptedOpen: adopted("open"),
  pairingStarted: { type: "pairingStarted", generation: G },
  socketOpened: { type: "socketOpened", generation: G },
  closed515: closed(515),
  closed428: closed(428),
  closed401: closed(401),
  closed401Unpaired: closed(401, { paired: false, origin: "failure" }),
  closed402: closed(402, { expiresAtMs: NOW + 5000 }),
  closed403: closed(403),
  closed405: closed(405),
  closed408Unpaired: closed(408, { paired: false }),
  closed411: closed(411),
  closed440: closed(440),
  closed999: closed(999),
  describeTimer: timer("describe"),
  connectDeadlineTimer: timer("connectDeadline"),
  healthyTimer: timer("healthy"),
  backOffTimer: timer("backOff"),
  probeTimer: timer("probe"),
  ahead: { type: "socketOpened", generation: G + 1 },
} satisfies Record<EventName, ConnectionEvent>;

type Cell = readonly [ConnectionState["status"], ...(ConnectionEffect["type"] | `${string}Timer:${ConnectionTimer}`)[]];
type Row = Record<keyof typeof EVENTS, Cell | "ignored">;

/** Every event ignored; a row says what it does not ignore, and a missing or misspelt cell does not compile. */
const IGNORED: Row = {
  start: "ignored",
  stop: "ignored",
  reconnect: "ignored",
  resume: "ignored",
  executorStarted: "ignored",
  executorLost: "ignored",
  connectStarted: "ignored",
  connectRefused: "ignored",
  adoptedNone: "ignored",
  adoptedConnecting: "ignored",
  adoptedPairing: "ignored",
  adoptedOpen: "ignored",
  pairingStarted: "ignored",
  socketOpened: "ignored",
  closed515: "ignored",
  closed428: "ignored",
  closed401: "ignored",
  closed401Unpaired: "ignored",
  closed402: "ignored",
  closed403: "ignored",
  closed405: "ignored",
  closed408Unpaired: "ignored",
  closed411: "ignored",
  closed440: "ignored",
  closed999: "ignored",
  describeTimer: "ignored",
  connectDeadlineTimer: "ignored",
  healthyTimer: "ignored",
  backOffTimer: "ignored",
  probeTimer: "ignored",
  ahead: "ignored",
};

const connect = (...before: Cell[1][]): Cell => [
  "connecting",
  ...before,
  "connect",
  "startTimer:connectDeadline",
  "publish",
];
const ask: Cell = ["idle", "describe", "startTimer:describe"];

/** What the end of a socket leads to, wherever it was; `leaving` cancels the timer of the state that is left. */
const closings = (...leaving: Cell[1][]) =>
  ({
    closed515: connect(...leaving),
    closed428: ["backingOff", ...leaving, "startTimer:backOff", "publish"],
    closed401: ["loggedOut", ...leaving, "archiveSession", "alert", "publish"],
    closed401Unpaired: ["backingOff", ...leaving, "archiveSession", "startTimer:backOff", "publish"],
    closed402: ["backingOff", ...leaving, "alert", "startTimer:backOff", "publish"],
    closed403: ["refused", ...leaving, "archiveSession", "alert", "publish"],
    closed405: ["backingOff", ...leaving, "alert", "startTimer:backOff", "publish"],
    closed408Unpaired: ["backingOff", ...leaving, "startTimer:backOff", "publish"],
    closed411: ["refused", ...leaving, "alert", "publish"],
    closed440: ["replaced", ...leaving, "startTimer:probe", "publish"],
    closed999: ["backingOff", ...leaving, "alert", "startTimer:backOff", "publish"],
  }) as const satisfies Partial<Row>;

/** What every state with a socket shares. */
const live = (...leaving: Cell[1][]) =>
  ({
    ...closings(...leaving),
    stop: ["stopped", ...leaving, "end", "publish"],
    executorStarted: connect(...leaving),
    executorLost: ["idle", ...leaving, "startTimer:describe", "publish"],
    ahead: ["idle", ...leaving, "describe", "startTimer:describe", "publish"],
  }) as const satisfies Partial<Row>;

const TABLE: Record<keyof typeof STATES, Row> = {
  idle: {
    ...IGNORED,
    start: ask,
    stop: ["stopped", "cancelTimer:describe", "publish"],
    reconnect: ask,
    resume: ask,
    executorStarted: connect("cancelTimer:describe"),
    adoptedNone: connect("cancelTimer:describe"),
    adoptedConnecting: ["connecting", "cancelTimer:describe", "startTimer:connectDeadline", "publish"],
    adoptedPairing: ["pairing", "cancelTimer:describe", "publish"],
    adoptedOpen: ["open", "cancelTimer:describe", "startTimer:healthy", "publish"],
    describeTimer: ask,
    ahead: ["idle", "cancelTimer:describe", "describe", "startTimer:describe", "publish"],
  },
  connecting: {
    ...IGNORED,
    ...live("cancelTimer:connectDeadline"),
    connectStarted: ["connecting"],
    connectRefused: ["idle", "cancelTimer:connectDeadline", "startTimer:describe", "publish"],
    pairingStarted: ["pairing", "cancelTimer:connectDeadline", "publish"],
    socketOpened: ["open", "cancelTimer:connectDeadline", "startTimer:healthy", "publish"],
    connectDeadlineTimer: ["backingOff", "end", "startTimer:backOff", "publish"],
  },
  pairing: {
    ...IGNORED,
    ...live(),
    connectStarted: ["pairing"],
    reconnect: connect("end"),
    resume: connect("end"),
    socketOpened: ["open", "startTimer:healthy", "publish"],
  },
  open: {
    ...IGNORED,
    ...live("cancelTimer:healthy"),
    connectStarted: ["open"],
    reconnect: connect("cancelTimer:healthy", "end"),
    healthyTimer: ["open", "publish"],
  },
  backingOff: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:backOff", "publish"],
    reconnect: connect("cancelTimer:backOff"),
    resume: connect("cancelTimer:backOff"),
    executorStarted: connect("cancelTimer:backOff"),
    backOffTimer: connect(),
    ahead: ["idle", "cancelTimer:backOff", "describe", "startTimer:describe", "publish"],
  },
  held: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:backOff", "publish"],
    resume: connect("cancelTimer:backOff"),
    backOffTimer: connect(),
    ahead: ["idle", "cancelTimer:backOff", "describe", "startTimer:describe", "publish"],
  },
  spacing: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:backOff", "publish"],
    resume: connect("cancelTimer:backOff"),
    backOffTimer: connect(),
    ahead: ["idle", "cancelTimer:backOff", "describe", "startTimer:describe", "publish"],
  },
  loggedOut: { ...IGNORED, resume: connect() },
  probing: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:probe", "publish"],
    resume: connect("cancelTimer:probe"),
    probeTimer: connect(),
  },
  replaced: { ...IGNORED, resume: connect("cancelTimer:probe") },
  refused: { ...IGNORED, resume: connect() },
  stopped: {
    ...IGNORED,
    start: ["idle", "describe", "startTimer:describe", "publish"],
    resume: ["idle", "describe", "startTimer:describe", "publish"],
  },
};

const nameOf = (effect: ConnectionEffect): string =>
  effect.type === "startTimer" || effect.type === "cancelTimer" ? `${effect.type}:${effect.name}` : effect.type;

const isState = (name: string): name is keyof typeof STATES => name in STATES;
const isEvent = (name: string): name is keyof typeof EVENTS => name in EVENTS;

const cells = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.entries(row).map(([event, cell]) => [state, event, cell] as const),
);

describe("the transition table", () => {
  test.each(cells)("%s on %s", (stateName, eventName, cell) => {
    if (!isState(stateName) || !isEvent(eventName)) throw new Error("The table names what there is not.");
    const state: ConnectionState = STATES[stateName];
    const event: ConnectionEvent = EVENTS[eventName];
    const [next, effects] = transitionConnection(settings, state, event, NOW);
    if (cell === "ignored") {
      expect(next).toBe(state);
      expect(effects).toEqual([]);
    } else {
      expect([next.status, ...effects.map(nameOf)]).toEqual(cell);
    }
  });
});
