import { createFakeClock, createNamedTimers, interpret, pick, seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";

import { replicationTransition } from "./replication-machine.ts";
import type {
  ReplicationContext,
  ReplicationEffect,
  ReplicationEvent,
  ReplicationState,
} from "./replication-machine.ts";

const CONTEXT: ReplicationContext = {
  gatherMs: 100,
  backOff: { initialMs: 250, maxMs: 5_000, factor: 2, jitter: 0.5 },
};

const STATES: { [S in ReplicationState["status"]]: Extract<ReplicationState, { status: S }> } = {
  idle: { status: "idle" },
  gathering: { status: "gathering" },
  replicating: { status: "replicating", attempt: 1, urgent: false },
  backingOff: { status: "backingOff", attempt: 1 },
  fenced: { status: "fenced" },
  stopped: { status: "stopped" },
};

const EVENTS = {
  changed: { type: "changed" },
  flush: { type: "flush" },
  timer: { type: "timer" },
  replicated: { type: "replicated", behind: false },
  replicatedBehind: { type: "replicated", behind: true },
  failed: { type: "failed", chance: 0 },
  fenced: { type: "fenced" },
  stop: { type: "stop" },
} satisfies Record<string, ReplicationEvent>;

type Cell = readonly [ReplicationState["status"], ...ReplicationEffect["type"][]];
const FENCED: Cell = ["fenced", "surrender"];
const DROPPED: Cell = ["fenced", "cancelTimer", "surrender"];

const TABLE: Record<ReplicationState["status"], Record<keyof typeof EVENTS, Cell>> = {
  idle: {
    changed: ["gathering", "startTimer"],
    flush: ["replicating", "replicate"],
    timer: ["idle"],
    replicated: ["idle"],
    replicatedBehind: ["idle"],
    failed: ["idle"],
    fenced: FENCED,
    stop: ["stopped"],
  },
  gathering: {
    changed: ["gathering"],
    flush: ["replicating", "cancelTimer", "replicate"],
    timer: ["replicating", "replicate"],
    replicated: ["gathering"],
    replicatedBehind: ["gathering"],
    failed: ["gathering"],
    fenced: DROPPED,
    stop: ["stopped", "cancelTimer"],
  },
  replicating: {
    changed: ["replicating"],
    flush: ["replicating"],
    timer: ["replicating"],
    replicated: ["idle"],
    replicatedBehind: ["gathering", "startTimer"],
    failed: ["backingOff", "startTimer"],
    fenced: FENCED,
    stop: ["stopped"],
  },
  backingOff: {
    changed: ["backingOff"],
    flush: ["replicating", "cancelTimer", "replicate"],
    timer: ["replicating", "replicate"],
    replicated: ["backingOff"],
    replicatedBehind: ["backingOff"],
    failed: ["backingOff"],
    fenced: DROPPED,
    stop: ["stopped", "cancelTimer"],
  },
  fenced: {
    changed: ["fenced"],
    flush: ["fenced"],
    timer: ["fenced"],
    replicated: ["fenced"],
    replicatedBehind: ["fenced"],
    failed: ["fenced"],
    fenced: ["fenced"],
    stop: ["stopped"],
  },
  stopped: {
    changed: ["stopped"],
    flush: ["stopped"],
    timer: ["stopped"],
    replicated: ["stopped"],
    replicatedBehind: ["stopped"],
    failed: ["stopped"],
    fenced: ["stopped"],
    stop: ["stopped"],
  },
};

const statuses = Object.keys(STATES) as ReplicationState["status"][];
const events = Object.keys(EVENTS) as (keyof typeof EVENTS)[];

describe("the replication machine", () => {
  test.each(statuses.flatMap((status) => events.map((event) => [status, event] as const)))(
    "while %s, on %s, does what the table says",
    (status, event) => {
      const from = STATES[status];
      const [to, effects] = replicationTransition(CONTEXT, from, EVENTS[event], 0);
      expect([to.status, ...effects.map(({ type }) => type)]).toEqual(TABLE[status][event]);
      if (effects.length === 0 && to.status === status && event !== "flush") expect(to).toBe(from);
    },
  );

  const run = (state: ReplicationState, ...sequence: ReplicationEvent[]): ReplicationState =>
    sequence.reduce((at, event) => replicationTransition(CONTEXT, at, event, 0)[0], state);

  test("goes on at once after a change set when somebody waits for what came meanwhile", () => {
    const state = run(STATES.idle, EVENTS.flush, EVENTS.flush);
    const [to, effects] = replicationTransition(CONTEXT, state, EVENTS.replicatedBehind, 0);
    expect([to, effects]).toEqual([{ status: "replicating", attempt: 0, urgent: false }, [{ type: "replicate" }]]);
  });

  test("waits longer after each failure, with jitter, and begins anew after a success", () => {
    const delays: number[] = [];
    let state: ReplicationState = { status: "replicating", attempt: 0, urgent: false };
    for (const chance of [0, 0, 0, 1, 0, 0, 0]) {
      const [failed, effects] = replicationTransition(CONTEXT, state, { type: "failed", chance }, 0);
      for (const effect of effects) if (effect.type === "startTimer") delays.push(effect.delayMs);
      state = run(failed, EVENTS.timer);
    }
    expect(delays).toEqual([250, 500, 1_000, 1_000, 4_000, 5_000, 5_000]);
    const again = run(state, EVENTS.replicated, EVENTS.changed, EVENTS.timer);
    expect(again).toEqual({ status: "replicating", attempt: 0, urgent: false });
  });
});

describe("replication over an outage", () => {
  test("gathers changes, survives failures and catches up with everything", () => {
    const clock = createFakeClock();
    const timers = createNamedTimers<"wait">(clock);
    let store = 0;
    let replicated = 0;
    let attempts = 0;
    let up = true;
    const machine = interpret<ReplicationContext, ReplicationState, ReplicationEvent, ReplicationEffect>({
      transition: replicationTransition,
      context: CONTEXT,
      initial: STATES.idle,
      clock,
      onEffectFailure: () => undefined,
      perform(effect, send) {
        if (effect.type === "startTimer") timers.start("wait", effect.delayMs, () => send({ type: "timer" }));
        if (effect.type === "cancelTimer") timers.cancel("wait");
        if (effect.type !== "replicate") return;
        attempts += 1;
        if (!up) return send({ type: "failed", chance: 0 });
        replicated = store;
        send({ type: "replicated", behind: false });
      },
    });
    const write = (): void => {
      store += 1;
      machine.send({ type: "changed" });
    };
    write();
    write();
    clock.advance(99);
    expect(replicated).toBe(0);
    clock.advance(1);
    expect({ replicated, attempts }).toEqual({ replicated: 2, attempts: 1 });
    up = false;
    write();
    clock.advance(60_000);
    expect(machine.state.status).toBe("backingOff");
    expect(attempts).toBeLessThan(20);
    write();
    up = true;
    clock.advance(5_000);
    expect({ replicated, state: machine.state }).toEqual({ replicated: 4, state: STATES.idle });
    expect(clock.pending).toBe(0);
  });
});

describe("any sequence of events", () => {
  test("never has two change sets under way, never leaves a timer behind, and stays ended", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      let state: ReplicationState = STATES.idle;
      let timers = 0;
      for (let step = 0; step < 100; step++) {
        const outcome = pick(random, ["replicated", "replicatedBehind", "failed"] as const);
        const name = state.status === "replicating" && random() < 0.5 ? outcome : pick(random, events);
        const wasReplicating = state.status === "replicating";
        if (name === "timer" && timers > 0) timers -= 1;
        else if (name === "timer") continue;
        const [to, effects] = replicationTransition(CONTEXT, state, EVENTS[name], 0);
        for (const { type } of effects) timers += type === "startTimer" ? 1 : type === "cancelTimer" ? -1 : 0;
        const starts = effects.filter(({ type }) => type === "replicate").length;
        const ends = name === "replicatedBehind";
        expect([seed, step, starts <= 1 && (starts === 0 || !wasReplicating || ends)]).toEqual([seed, step, true]);
        const waits = to.status === "gathering" || to.status === "backingOff";
        expect([seed, step, timers]).toEqual([seed, step, waits ? 1 : 0]);
        if (state.status === "stopped") expect(to).toBe(state);
        state = to;
      }
    }
  });
});
