import { checkTable } from "../testing/check-table.ts";
import type { ConnectionEvent } from "./event.ts";
import type { ConnectionState } from "./state.ts";
import { EVENTS, IGNORED, NOW, settings, STATES, type Cell, type Row } from "./testing/table.ts";
import { transitionConnection } from "./transition.ts";

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

/** What WhatsApp says of the session itself counts while waiting, too: the socket was given up in the same moment. */
const lastWords = (): Partial<Row> => {
  const { closed401, closed402, closed403, closed405, closed411, closed440 } = closings("cancelTimer:backOff");
  return { closed401, closed402, closed403, closed405, closed411, closed440, late402: closed402 };
};

/** What every state with a socket shares. */
const live = (...leaving: Cell[1][]) =>
  ({
    ...closings(...leaving),
    stop: ["stopped", ...leaving, "end", "publish"],
    executorStarted: ["idle", ...leaving, "describe", "startTimer:describe", "publish"],
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
    executorStarted: ask,
    adoptedNone: connect("cancelTimer:describe"),
    adoptedConnecting: ["connecting", "cancelTimer:describe", "startTimer:connectDeadline", "publish"],
    adoptedPairing: ["pairing", "cancelTimer:describe", "publish"],
    adoptedOpen: ["open", "cancelTimer:describe", "startTimer:healthy", "publish"],
    adoptedTakenOver: ["replaced", "cancelTimer:describe", "startTimer:probe", "publish"],
    adoptedReplaced: ["replaced", "cancelTimer:describe", "publish"],
    adoptedRefused: ["refused", "cancelTimer:describe", "publish"],
    adoptedTemporaryBan: ["backingOff", "cancelTimer:describe", "startTimer:backOff", "publish"],
    adoptedOutdated: ["backingOff", "cancelTimer:describe", "startTimer:backOff", "publish"],
    adoptedRejected: ["backingOff", "cancelTimer:describe", "startTimer:backOff", "publish"],
    adoptedForgiven: connect("cancelTimer:describe"),
    adoptedOverBan: connect("cancelTimer:describe"),
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
    late402: ["backingOff", "cancelTimer:connectDeadline", "end", "alert", "startTimer:backOff", "publish"],
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
    socketSilent: ["backingOff", "cancelTimer:healthy", "cut", "startTimer:backOff", "publish"],
    healthyTimer: ["open", "publish"],
  },
  backingOff: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:backOff", "publish"],
    reconnect: connect("cancelTimer:backOff"),
    resume: connect("cancelTimer:backOff"),
    executorStarted: connect("cancelTimer:backOff"),
    backOffTimer: connect(),
    ...lastWords(),
    ahead: ["idle", "cancelTimer:backOff", "describe", "startTimer:describe", "publish"],
  },
  held: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:backOff", "publish"],
    resume: connect("cancelTimer:backOff"),
    backOffTimer: connect(),
    ...lastWords(),
    ahead: ["idle", "cancelTimer:backOff", "describe", "startTimer:describe", "publish"],
  },
  spacing: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:backOff", "publish"],
    resume: connect("cancelTimer:backOff"),
    backOffTimer: connect(),
    ...lastWords(),
    ahead: ["idle", "cancelTimer:backOff", "describe", "startTimer:describe", "publish"],
  },
  pairingExpired: {
    ...IGNORED,
    stop: ["stopped", "cancelTimer:backOff", "publish"],
    reconnect: connect("cancelTimer:backOff"),
    resume: connect("cancelTimer:backOff"),
    pairingWanted: connect("cancelTimer:backOff"),
    executorStarted: connect("cancelTimer:backOff"),
    backOffTimer: connect(),
    ...lastWords(),
    ahead: ["idle", "cancelTimer:backOff", "describe", "startTimer:describe", "publish"],
  },
  unattended: {
    ...IGNORED,
    stop: ["stopped", "publish"],
    reconnect: connect(),
    resume: connect(),
    pairingWanted: connect(),
    executorStarted: connect(),
    ahead: ["idle", "describe", "startTimer:describe", "publish"],
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

checkTable<ConnectionState, ConnectionEvent>({
  table: TABLE,
  states: STATES,
  events: EVENTS,
  transition: (state, event) => transitionConnection(settings, state, event, NOW),
});
