import { describe, expect, test } from "@jest/globals";
import { EXIT } from "@blacksky/errors";
import { contextOf } from "../testing/contexts.ts";
import type { ChildEffect } from "./effect.ts";
import type { Allowance, ChildEvent, TimerName } from "./event.ts";
import type { ChildState, Sequel, Tally } from "./state.ts";
import { childTransition } from "./transition.ts";

type Status = ChildState["status"];
type Case =
  | Exclude<ChildEvent["type"], "timer" | "exited" | "helloed">
  | `timer ${TimerName}`
  | `exited ${Allowance}`
  | `exited with ${"config" | "protocol" | "unavailable"}`
  | `helloed ${"ours" | "other"}`;
type EffectName = Exclude<ChildEffect["type"], "startTimer" | "cancelTimer"> | `${"+" | "-"}${TimerName}`;
type Cell = readonly [Status, ...EffectName[]];

const generation = 4;
const exit = { type: "exited", generation, code: 1, signal: null, chance: 0, allowance: "withinIntensity" } as const;
const timer = (name: TimerName): ChildEvent => ({ type: "timer", generation, name });

const events: Record<Case, ChildEvent> = {
  start: { type: "start" },
  stop: { type: "stop", reason: "the dyno ends" },
  recycle: { type: "recycle", reason: "memory" },
  spawned: { type: "spawned", generation, pid: 42 },
  "helloed ours": { type: "helloed", generation, protocolVersion: 7 },
  "helloed other": { type: "helloed", generation, protocolVersion: 6 },
  ready: { type: "ready", generation },
  pinged: { type: "pinged", generation },
  drained: { type: "drained", generation, unfinished: 2 },
  violated: { type: "violated", generation, why: "broke the protocol" },
  spawnFailed: { type: "spawnFailed", generation, why: "ENOENT", chance: 0, allowance: "withinIntensity" },
  "exited withinIntensity": exit,
  "exited intensityExceeded": { ...exit, allowance: "intensityExceeded" },
  "exited supervisorStopping": { ...exit, allowance: "supervisorStopping" },
  "exited with config": { ...exit, code: EXIT.config },
  "exited with protocol": { ...exit, code: EXIT.protocol },
  "exited with unavailable": { ...exit, code: EXIT.unavailable },
  "timer start": timer("start"),
  "timer ping": timer("ping"),
  "timer hang": timer("hang"),
  "timer backOff": timer("backOff"),
  "timer shutdown": timer("shutdown"),
  "timer kill": timer("kill"),
};

const tally: Tally = { generation, restarts: 1, failures: 0, lastExit: null };
const silence = { sinceMs: 0, limitMs: 3000 };
const alive = { tally, pid: 41, startedAtMs: 0, silence };
const stopping = (sequel: Sequel): ChildState => ({
  status: "stopping",
  tally,
  pid: 41,
  startedAtMs: 0,
  sequel,
  killed: false,
  unfinished: 0,
});

const states = {
  stopped: { status: "stopped", tally },
  starting: { status: "starting", ...alive },
  running: { status: "running", readyAtMs: 0, ...alive },
  backingOff: { status: "backingOff", tally },
  failed: { status: "failed", tally, exitCode: EXIT.config, why: "x" },
  "stopping to stay": stopping({ type: "stay", reason: "x" }),
  "stopping to start": stopping({ type: "start", reason: "x" }),
  "stopping after a crash": stopping({ type: "crash", reason: "x", stable: false }),
  "stopping to fail": stopping({ type: "fail", reason: "x", exitCode: EXIT.protocol }),
} satisfies Record<string, ChildState>;

const ignored = (status: Status): Record<Case, Cell> =>
  Object.fromEntries(Object.keys(events).map((name) => [name, [status]])) as unknown as Record<Case, Cell>;

const fromStarting = ["-start", "-ping", "-hang"] as const;
const fromRunning = ["-ping", "-hang"] as const;
const launched = ["spawn", "+hang", "+start"] as const;
const gone = ["-shutdown", "-kill"] as const;

/** Cells that are the same for the four kinds of stopping. */
const whileStopping = {
  start: ["stopping"],
  recycle: ["stopping"],
  spawned: ["stopping"],
  stop: ["stopping"],
  "helloed ours": ["stopping"],
  "helloed other": ["stopping"],
  ready: ["stopping"],
  pinged: ["stopping"],
  drained: ["stopping"],
  violated: ["stopping", "-shutdown", "kill", "+kill", "report"],
  "timer start": ["stopping"],
  "timer ping": ["stopping"],
  "timer hang": ["stopping"],
  "timer backOff": ["stopping"],
  "timer shutdown": ["stopping", "-shutdown", "kill", "+kill", "report"],
} as const satisfies Partial<Record<Case, Cell>>;

/** Every state by every event: a missing cell does not compile. */
const table: Record<keyof typeof states, Record<Case, Cell>> = {
  stopped: { ...ignored("stopped"), start: ["starting", ...launched] },
  starting: {
    start: ["starting"],
    spawned: ["starting"],
    drained: ["starting"],
    "helloed ours": ["starting", "+hang", "sendPing", "+ping"],
    "helloed other": ["stopping", ...fromStarting, "kill", "+kill", "report"],
    ready: ["running", "-start", "report"],
    pinged: ["starting", "+hang"],
    violated: ["stopping", ...fromStarting, "kill", "+kill", "report"],
    stop: ["stopping", ...fromStarting, "sendShutdown", "+shutdown", "report"],
    recycle: ["stopping", ...fromStarting, "sendShutdown", "+shutdown", "report"],
    spawnFailed: ["backingOff", ...fromStarting, "+backOff", "report"],
    "exited withinIntensity": ["backingOff", ...fromStarting, "+backOff", "report"],
    "exited intensityExceeded": ["failed", ...fromStarting, "report"],
    "exited supervisorStopping": ["stopped", ...fromStarting, "report"],
    "exited with config": ["failed", ...fromStarting, "report"],
    "exited with protocol": ["failed", ...fromStarting, "report"],
    "exited with unavailable": ["failed", ...fromStarting, "report"],
    "timer start": ["stopping", ...fromStarting, "kill", "+kill", "report"],
    "timer ping": ["starting", "sendPing", "+ping"],
    "timer hang": ["stopping", ...fromStarting, "kill", "+kill", "report"],
    "timer backOff": ["starting"],
    "timer shutdown": ["starting"],
    "timer kill": ["starting"],
  },
  running: {
    start: ["running"],
    spawned: ["running"],
    drained: ["running"],
    "helloed ours": ["running", "+hang", "sendPing", "+ping"],
    "helloed other": ["stopping", ...fromRunning, "kill", "+kill", "report"],
    ready: ["running"],
    pinged: ["running", "+hang"],
    violated: ["stopping", ...fromRunning, "kill", "+kill", "report"],
    stop: ["stopping", ...fromRunning, "sendShutdown", "+shutdown", "report"],
    recycle: ["stopping", ...fromRunning, "sendShutdown", "+shutdown", "report"],
    spawnFailed: ["backingOff", ...fromRunning, "+backOff", "report"],
    "exited withinIntensity": ["backingOff", ...fromRunning, "+backOff", "report"],
    "exited intensityExceeded": ["failed", ...fromRunning, "report"],
    "exited supervisorStopping": ["stopped", ...fromRunning, "report"],
    "exited with config": ["failed", ...fromRunning, "report"],
    "exited with protocol": ["failed", ...fromRunning, "report"],
    "exited with unavailable": ["failed", ...fromRunning, "report"],
    "timer start": ["running"],
    "timer ping": ["running", "sendPing", "+ping"],
    "timer hang": ["stopping", ...fromRunning, "kill", "+kill", "report"],
    "timer backOff": ["running"],
    "timer shutdown": ["running"],
    "timer kill": ["running"],
  },
  backingOff: {
    ...ignored("backingOff"),
    stop: ["stopped", "-backOff"],
    recycle: ["starting", "-backOff", ...launched],
    "timer backOff": ["starting", ...launched],
  },
  failed: ignored("failed"),
  "stopping to stay": {
    ...whileStopping,
    spawnFailed: ["stopped", ...gone, "report"],
    "exited withinIntensity": ["stopped", ...gone, "report"],
    "exited intensityExceeded": ["stopped", ...gone, "report"],
    "exited supervisorStopping": ["stopped", ...gone, "report"],
    "exited with config": ["stopped", ...gone, "report"],
    "exited with protocol": ["stopped", ...gone, "report"],
    "exited with unavailable": ["stopped", ...gone, "report"],
    "timer kill": ["stopped", "report"],
  },
  "stopping to start": {
    ...whileStopping,
    spawnFailed: ["starting", ...gone, "report", ...launched],
    "exited withinIntensity": ["starting", ...gone, "report", ...launched],
    "exited intensityExceeded": ["starting", ...gone, "report", ...launched],
    "exited supervisorStopping": ["stopped", ...gone, "report"],
    // The next start will say it again, and then it counts.
    "exited with config": ["starting", ...gone, "report", ...launched],
    "exited with protocol": ["starting", ...gone, "report", ...launched],
    "exited with unavailable": ["starting", ...gone, "report", ...launched],
    "timer kill": ["stopping", "-shutdown", "kill", "+kill", "report"],
  },
  "stopping after a crash": {
    ...whileStopping,
    spawnFailed: ["backingOff", ...gone, "+backOff", "report"],
    "exited withinIntensity": ["backingOff", ...gone, "+backOff", "report"],
    "exited intensityExceeded": ["failed", ...gone, "report"],
    "exited supervisorStopping": ["stopped", ...gone, "report"],
    // We killed it for another reason; its last words are of no account.
    "exited with config": ["backingOff", ...gone, "+backOff", "report"],
    "exited with protocol": ["backingOff", ...gone, "+backOff", "report"],
    "exited with unavailable": ["backingOff", ...gone, "+backOff", "report"],
    "timer kill": ["stopping", "-shutdown", "kill", "+kill", "report"],
  },
  "stopping to fail": {
    ...whileStopping,
    spawnFailed: ["failed", ...gone],
    "exited withinIntensity": ["failed", ...gone],
    "exited intensityExceeded": ["failed", ...gone],
    "exited supervisorStopping": ["failed", ...gone],
    "exited with config": ["failed", ...gone],
    "exited with protocol": ["failed", ...gone],
    "exited with unavailable": ["failed", ...gone],
    "timer kill": ["failed", "report"],
  },
};

const nameEffect = (effect: ChildEffect): string => {
  if (effect.type === "startTimer") return `+${effect.name}`;
  return effect.type === "cancelTimer" ? `-${effect.name}` : effect.type;
};

const names = Object.keys(states) as (keyof typeof states)[];
const cases = Object.keys(events) as Case[];
const cells = names.flatMap((name) => cases.map((event) => [name, event] as const));

describe("the child machine", () => {
  test.each(cells)("%s, on %s, does what the table says", (name, event) => {
    const [state, effects] = childTransition(contextOf(), states[name], events[event], 3000);
    expect([state.status, ...effects.map(nameEffect)]).toEqual(table[name][event]);
  });

  test.each(cells)("%s, on %s of another generation, stays as it is", (name, event) => {
    const news = events[event];
    if (!("generation" in news)) return;
    for (const other of [generation - 1, generation + 1]) {
      const [state, effects] = childTransition(contextOf(), states[name], { ...news, generation: other }, 3000);
      expect(state).toBe(states[name]);
      expect(effects).toEqual([]);
    }
  });

  test.each(cells)("%s, when it ignores %s, returns the same object", (name, event) => {
    const [state, effects] = childTransition(contextOf(), states[name], events[event], 3000);
    const told = ["spawned", "drained", "stop"].includes(event);
    if (state.status === states[name].status && effects.length === 0 && !told) expect(state).toBe(states[name]);
  });
});
