import type { ConnectionEffect } from "../effect.ts";
import type { Adopted, ConnectionEvent, ConnectionTimer } from "../event.ts";
import { connectionSettings } from "../settings.ts";
import type { Standing } from "../standing.ts";
import { initialConnection, type ConnectionState, type ConnectionStatus } from "../state.ts";

/** The product's defaults. */
export const settings = connectionSettings({ initialDelayMs: 3000, maxDelayMs: 60_000, maxRetries: 15 });
/** When everything in the table happens. */
export const NOW = 1_000_000;
const G = 7;

const memory = { ...initialConnection(0).memory, generation: G, attempts: 1 };
const base = { sinceMs: 0, memory };

/** The states, those with two faces twice. */
export const STATES = {
  idle: { ...base, status: "idle" },
  connecting: { ...base, status: "connecting", socket: G },
  pairing: { ...base, status: "pairing", socket: G },
  open: { ...base, status: "open", socket: G },
  backingOff: { ...base, status: "backingOff", kind: "lost", untilMs: NOW },
  held: { ...base, status: "backingOff", kind: "temporaryBan", untilMs: NOW },
  spacing: { ...base, status: "backingOff", kind: "spacing", untilMs: NOW },
  pairingExpired: {
    ...base,
    status: "backingOff",
    kind: "pairingExpired",
    untilMs: NOW,
  },
  unattended: { ...base, status: "unattended" },
  loggedOut: { ...base, status: "loggedOut" },
  probing: { ...base, status: "replaced", probeAtMs: NOW },
  replaced: { ...base, status: "replaced", probeAtMs: null },
  refused: { ...base, status: "refused" },
  stopped: { ...base, status: "stopped" },
} satisfies Record<ConnectionStatus | "held" | "spacing" | "pairingExpired" | "probing", ConnectionState>;

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
const adopted = (socket: Adopted["socket"], standing: Standing | null = null): ConnectionEvent => ({
  type: "adopted",
  asked: G,
  socket,
  generation: 3,
  sinceMs: 0,
  standing,
  chance: 0,
});
const held = (kind: Standing["kind"], code: number, more: Partial<Standing> = {}): Standing => ({
  kind,
  code,
  atMs: NOW - 10_000,
  untilMs: null,
  times: 1,
  previousAtMs: null,
  isOver: false,
  ...more,
});
const timer = (name: ConnectionTimer): ConnectionEvent => ({ type: "timer", name, generation: G, chance: 0 });

/** Every event, the timers by name, the answers by socket, the ends by code. One that is left out does not compile. */
type EventName =
  | Exclude<ConnectionEvent["type"], "timer" | "adopted" | "socketClosed">
  | `${ConnectionTimer}Timer`
  | `adopted${Capitalize<Adopted["socket"]>}`
  | `adopted${Capitalize<Standing["kind"]> | "TakenOver" | "Forgiven" | "OverBan"}`
  | `closed${string}`
  | "ahead"
  | `late${string}`;

/** One of each. */
export const EVENTS = {
  start: { type: "start" },
  stop: { type: "stop" },
  reconnect: { type: "reconnect" },
  resume: { type: "resume" },
  pairingWanted: { type: "pairingWanted" },
  executorStarted: { type: "executorStarted" },
  executorLost: { type: "executorLost" },
  connectStarted: { type: "connectStarted", generation: G },
  connectRefused: { type: "connectRefused", generation: G },
  adoptedNone: adopted("none"),
  adoptedConnecting: adopted("connecting"),
  adoptedPairing: adopted("pairing"),
  adoptedOpen: adopted("open"),
  adoptedTakenOver: adopted("none", held("replaced", 440)),
  adoptedReplaced: adopted("none", held("replaced", 440, { previousAtMs: NOW - 20_000, times: 2 })),
  adoptedRefused: adopted("none", held("refused", 403)),
  adoptedTemporaryBan: adopted("none", held("temporaryBan", 402, { untilMs: NOW + 5000 })),
  adoptedOutdated: adopted("none", held("outdated", 405)),
  adoptedRejected: adopted("none", held("rejected", 409)),
  adoptedForgiven: adopted("none", held("replaced", 440, { isOver: true })),
  adoptedOverBan: adopted("none", held("temporaryBan", 402, { untilMs: NOW - 1 })),
  pairingStarted: { type: "pairingStarted", generation: G },
  socketOpened: { type: "socketOpened", generation: G },
  socketSilent: { type: "socketSilent", generation: G, reason: "silent", chance: 0 },
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
  late428: closed(428, { generation: G - 1 }),
  late402: closed(402, { generation: G - 1, expiresAtMs: NOW + 5000 }),
} satisfies Record<EventName, ConnectionEvent>;

/** The status that follows and the effects, in order. */
export type Cell = readonly [
  ConnectionState["status"],
  ...(ConnectionEffect["type"] | `${string}Timer:${ConnectionTimer}`)[],
];
/** What a state makes of every event. */
export type Row = Record<keyof typeof EVENTS, Cell | "ignored">;

/** Every event ignored; a row says what it does not ignore, and a missing or misspelt cell does not compile. */
export const IGNORED: Row = {
  start: "ignored",
  stop: "ignored",
  reconnect: "ignored",
  resume: "ignored",
  pairingWanted: "ignored",
  executorStarted: "ignored",
  executorLost: "ignored",
  connectStarted: "ignored",
  connectRefused: "ignored",
  adoptedNone: "ignored",
  adoptedConnecting: "ignored",
  adoptedPairing: "ignored",
  adoptedOpen: "ignored",
  adoptedTakenOver: "ignored",
  adoptedReplaced: "ignored",
  adoptedRefused: "ignored",
  adoptedTemporaryBan: "ignored",
  adoptedOutdated: "ignored",
  adoptedRejected: "ignored",
  adoptedForgiven: "ignored",
  adoptedOverBan: "ignored",
  pairingStarted: "ignored",
  socketOpened: "ignored",
  socketSilent: "ignored",
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
  late428: "ignored",
  late402: "ignored",
};
