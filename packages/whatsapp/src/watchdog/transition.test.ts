import { checkTable } from "../testing/check-table.ts";
import type { WatchdogEffect } from "./effect.ts";
import type { Vitals, WatchdogEvent, WatchdogTimer } from "./event.ts";
import { watchdogSettings } from "./settings.ts";
import type { Doubt, WatchdogState, WatchdogStatus } from "./state.ts";
import { transitionWatchdog } from "./transition.ts";

const settings = watchdogSettings(60_000);
const NOW = 1_000_000;
const G = 4;
const SOCKET = 7;

const memory = { generation: G, troubles: 2, dead: 1, restarts: 1 };
const mute: Doubt = { kind: "mute", times: 3 };
const base = { memory, socket: SOCKET, doubt: { kind: "none" } } as const;

/** The states, those with two faces twice: `…Last` is one step below the next rung. */
const STATES = {
  off: { status: "off", memory },
  resting: { ...base, status: "resting", looks: 0 },
  asking: { ...base, status: "asking", looks: 1 },
  askingLast: { ...base, status: "asking", looks: 12, doubt: mute },
  probing: { ...base, status: "probing", frames: 9, attempt: 1 },
  judging: { ...base, status: "judging", frames: 9, attempt: 1, cause: "unanswered" },
  judgingLast: { ...base, memory: { ...memory, dead: 2 }, status: "judging", frames: 9, attempt: 3, cause: "mute" },
} satisfies Record<WatchdogStatus | "askingLast" | "judgingLast", WatchdogState>;

const vitals = (frames: number, silentMs: number, more: Partial<Vitals> = {}): WatchdogEvent => ({
  type: "vitalsRead",
  generation: G,
  vitals: { socket: { generation: SOCKET, frames, silentMs }, lagMs: 0, sending: false, ...more },
});

/** Every event; the vitals by what they say. One that is left out does not compile. */
type EventName =
  | Exclude<WatchdogEvent["type"], "timer" | "opened" | "probeFailed" | "vitalsRead">
  | `${WatchdogTimer}Timer`
  | `opened${"Same" | "Other"}`
  | `probe${"Unanswered" | "Mute"}`
  | `vitals${"Lively" | "Silent" | "SilentBusy" | "SilentSending" | "Gone" | "Other"}`
  | "lateAnswer";

const EVENTS = {
  openedSame: { type: "opened", socket: SOCKET },
  openedOther: { type: "opened", socket: SOCKET + 1 },
  left: { type: "left" },
  lookTimer: { type: "timer", name: "look", generation: G },
  calmTimer: { type: "timer", name: "calm", generation: memory.troubles },
  vitalsLively: vitals(10, 1000),
  vitalsSilent: vitals(9, 20_000),
  vitalsSilentBusy: vitals(9, 20_000, { lagMs: 2000 }),
  vitalsSilentSending: vitals(9, 10_000, { sending: true }),
  vitalsGone: vitals(0, 0, { socket: null }),
  vitalsOther: vitals(0, 0, { socket: { generation: SOCKET - 1, frames: 99, silentMs: 0 } }),
  vitalsMissed: { type: "vitalsMissed", generation: G },
  probeAnswered: { type: "probeAnswered", generation: G },
  probeUnanswered: { type: "probeFailed", generation: G, cause: "unanswered" },
  probeMute: { type: "probeFailed", generation: G, cause: "mute" },
  lateAnswer: { type: "probeFailed", generation: G - 1, cause: "unanswered" },
} satisfies Record<EventName, WatchdogEvent>;

type EffectName = WatchdogEffect["type"] | `${"start" | "cancel"}Timer:${WatchdogTimer}`;
type Cell = readonly [WatchdogStatus, ...EffectName[]];
type Row = Record<keyof typeof EVENTS, Cell | "ignored">;

const rest: Cell = ["resting", "startTimer:look"];
const probe: Cell = ["probing", "probe"];
const judge: Cell = ["judging", "askVitals"];
const dead: Cell = ["off", "startTimer:calm", "declareDead"];

/** Every event ignored; a row says what it does not ignore, and a missing or misspelt cell does not compile. */
const IGNORED: Row = {
  openedSame: "ignored",
  openedOther: "ignored",
  left: "ignored",
  lookTimer: "ignored",
  calmTimer: "ignored",
  vitalsLively: "ignored",
  vitalsSilent: "ignored",
  vitalsSilentBusy: "ignored",
  vitalsSilentSending: "ignored",
  vitalsGone: "ignored",
  vitalsOther: "ignored",
  vitalsMissed: "ignored",
  probeAnswered: "ignored",
  probeUnanswered: "ignored",
  probeMute: "ignored",
  lateAnswer: "ignored",
};

/** What every state with a socket shares. */
const awake = (status: WatchdogStatus): Row => ({ ...IGNORED, openedOther: rest, left: ["off"], calmTimer: [status] });

const TABLE: Record<keyof typeof STATES, Row> = {
  off: { ...IGNORED, openedSame: rest, openedOther: rest, calmTimer: ["off"] },
  resting: {
    ...awake("resting"),
    openedOther: ["resting", "cancelTimer:look", "startTimer:look"],
    left: ["off", "cancelTimer:look"],
    lookTimer: ["asking", "askVitals"],
  },
  asking: {
    ...awake("asking"),
    vitalsLively: rest,
    vitalsSilent: probe,
    vitalsSilentBusy: probe,
    vitalsSilentSending: probe,
    vitalsGone: rest,
    vitalsOther: rest,
    vitalsMissed: rest,
  },
  askingLast: {
    ...awake("asking"),
    vitalsLively: probe,
    vitalsSilent: probe,
    vitalsSilentBusy: probe,
    vitalsSilentSending: probe,
    vitalsGone: rest,
    vitalsOther: rest,
    vitalsMissed: ["resting", "startTimer:calm", "restartBot", "alert", "startTimer:look"],
  },
  probing: { ...awake("probing"), probeAnswered: rest, probeUnanswered: judge, probeMute: judge },
  judging: {
    ...awake("judging"),
    vitalsLively: rest,
    vitalsSilent: dead,
    vitalsSilentBusy: probe,
    vitalsSilentSending: dead,
    vitalsGone: rest,
    vitalsOther: rest,
    vitalsMissed: rest,
  },
  judgingLast: {
    ...awake("judging"),
    vitalsLively: rest,
    vitalsSilent: [...dead, "restartBot", "alert"],
    vitalsSilentBusy: [...dead, "restartBot", "alert"],
    vitalsSilentSending: [...dead, "restartBot", "alert"],
    vitalsGone: rest,
    vitalsOther: rest,
    vitalsMissed: rest,
  },
};

checkTable<WatchdogState, WatchdogEvent>({
  table: TABLE,
  states: STATES,
  events: EVENTS,
  transition: (state, event) => transitionWatchdog(settings, state, event, NOW),
});
