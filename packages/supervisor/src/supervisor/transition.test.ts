import { describe, expect, test } from "@jest/globals";
import { EXIT } from "@blacksky/errors";
import type { ChildNews } from "../child/event.ts";
import { contextOf } from "../testing/contexts.ts";
import type { SupervisorEffect, SupervisorEvent } from "./event.ts";
import { initialSupervisorState, type SupervisorContext, type SupervisorState } from "./state.ts";
import { supervisorTransition } from "./transition.ts";

type Status = SupervisorState["status"];
/** `a` is the first child, `b` the last; what they are told in the end follows the status. */
type Case = Exclude<SupervisorEvent["type"], "child"> | `${"a" | "b"} ${"ready" | "crashed" | "refused" | "ended"}`;
type EffectName = `${"a" | "b"} ${"spawn" | "sendShutdown" | "backOff"}` | "announceStarted" | "announceEnded";
type Cell = readonly [Status, ...EffectName[]];

const context: SupervisorContext = {
  intensity: { restarts: 3, periodMs: 60_000 },
  children: [contextOf({ id: "a" }), contextOf({ id: "b" })],
};

const exit = (code: number): ChildNews => ({ type: "exited", generation: 1, code, signal: null, chance: 0 });
const of = (id: string, news: ChildNews): SupervisorEvent => ({ type: "child", id, news });
const ready: ChildNews = { type: "ready", generation: 1 };

const events: Record<Case, SupervisorEvent> = {
  start: { type: "start" },
  stop: { type: "stop", reason: "test" },
  restart: { type: "restart", reason: "test" },
  recycle: { type: "recycle", id: "a", reason: "test" },
  "a ready": of("a", ready),
  "a crashed": of("a", exit(1)),
  "a refused": of("a", exit(EXIT.config)),
  "a ended": of("a", exit(0)),
  "b ready": of("b", ready),
  "b crashed": of("b", exit(1)),
  "b refused": of("b", exit(EXIT.config)),
  "b ended": of("b", exit(0)),
};

const after = (...sequence: readonly Case[]): SupervisorState => {
  let state = initialSupervisorState(context);
  for (const name of sequence) [state] = supervisorTransition(context, state, events[name], 0);
  return state;
};

const states = {
  idle: after(),
  "starting a": after("start"),
  "starting b": after("start", "a ready"),
  running: after("start", "a ready", "b ready"),
  "stopping b": after("start", "a ready", "b ready", "stop"),
  "stopping a": after("start", "a ready", "b ready", "stop", "b ended"),
  "restarting b": after("start", "a ready", "b ready", "restart"),
  "restarting a": after("start", "a ready", "b ready", "restart", "b ended"),
  ended: after("start", "a ready", "b ready", "stop", "b ended", "a ended"),
} as const;

const ignored = (status: Status): Record<Case, Cell> =>
  Object.fromEntries(Object.keys(events).map((name) => [name, [status]])) as unknown as Record<Case, Cell>;

/** Every state by every event: a missing cell does not compile. */
const table: Record<keyof typeof states, Record<Case, Cell>> = {
  idle: { ...ignored("idle"), start: ["starting", "a spawn"], stop: ["ended", "announceEnded"] },
  "starting a": {
    start: ["starting"],
    stop: ["stopping", "a sendShutdown"],
    restart: ["stopping", "a sendShutdown"],
    recycle: ["starting", "a sendShutdown"],
    "a ready": ["starting", "b spawn"],
    "a crashed": ["starting", "a backOff"],
    "a refused": ["ended", "announceEnded"],
    "a ended": ["starting", "a backOff"],
    // b has not been started; news of it can only be nonsense.
    "b ready": ["starting"],
    "b crashed": ["starting"],
    "b refused": ["starting"],
    "b ended": ["starting"],
  },
  "starting b": {
    start: ["starting"],
    stop: ["stopping", "b sendShutdown"],
    restart: ["stopping", "b sendShutdown"],
    recycle: ["starting", "a sendShutdown"],
    "a ready": ["starting"],
    "a crashed": ["starting", "a backOff"],
    "a refused": ["stopping", "b sendShutdown"],
    "a ended": ["starting", "a backOff"],
    "b ready": ["running", "announceStarted"],
    "b crashed": ["starting", "b backOff"],
    "b refused": ["stopping", "a sendShutdown"],
    "b ended": ["starting", "b backOff"],
  },
  running: {
    start: ["running"],
    stop: ["stopping", "b sendShutdown"],
    restart: ["stopping", "b sendShutdown"],
    recycle: ["running", "a sendShutdown"],
    "a ready": ["running"],
    "a crashed": ["running", "a backOff"],
    "a refused": ["stopping", "b sendShutdown"],
    "a ended": ["running", "a backOff"],
    "b ready": ["running"],
    "b crashed": ["running", "b backOff"],
    "b refused": ["stopping", "a sendShutdown"],
    "b ended": ["running", "b backOff"],
  },
  "stopping b": {
    start: ["stopping"],
    stop: ["stopping"],
    restart: ["stopping"],
    recycle: ["stopping"],
    "a ready": ["stopping"],
    "a crashed": ["stopping"],
    "a refused": ["stopping"],
    "a ended": ["stopping"],
    "b ready": ["stopping"],
    "b crashed": ["stopping", "a sendShutdown"],
    "b refused": ["stopping", "a sendShutdown"],
    "b ended": ["stopping", "a sendShutdown"],
  },
  "stopping a": {
    ...ignored("stopping"),
    "a crashed": ["ended", "announceEnded"],
    "a refused": ["ended", "announceEnded"],
    "a ended": ["ended", "announceEnded"],
  },
  "restarting b": {
    ...ignored("stopping"),
    "b crashed": ["stopping", "a sendShutdown"],
    "b refused": ["stopping", "a sendShutdown"],
    "b ended": ["stopping", "a sendShutdown"],
  },
  "restarting a": {
    ...ignored("stopping"),
    "a crashed": ["starting", "a spawn"],
    "a refused": ["starting", "a spawn"],
    "a ended": ["starting", "a spawn"],
  },
  ended: ignored("ended"),
};

const telling = (effect: SupervisorEffect): string[] => {
  if (effect.type !== "child") return [effect.type];
  const { type } = effect.effect;
  if (type === "spawn" || type === "sendShutdown") return [`${effect.id} ${type}`];
  const backsOff = effect.effect.type === "startTimer" && effect.effect.name === "backOff";
  return backsOff ? [`${effect.id} backOff`] : [];
};

const names = Object.keys(states) as (keyof typeof states)[];
const cells = names.flatMap((name) => (Object.keys(events) as Case[]).map((event) => [name, event] as const));

describe("the supervisor machine", () => {
  test.each(cells)("%s, on %s, does what the table says", (name, event) => {
    const [state, effects] = supervisorTransition(context, states[name], events[event], 0);
    expect([state.status, ...effects.flatMap(telling)]).toEqual(table[name][event]);
  });

  test("that ended returns the same object whatever comes", () => {
    for (const event of Object.values(events)) {
      expect(supervisorTransition(context, states.ended, event, 0)).toEqual([states.ended, []]);
      expect(supervisorTransition(context, states.ended, event, 0)[0]).toBe(states.ended);
    }
  });

  test("ends instead of starting again when a stop comes into a restart", () => {
    const stopped = after("start", "a ready", "b ready", "restart", "b ended", "stop", "a ended");
    expect(stopped).toMatchObject({ status: "ended", end: { reason: "stopped" } });
  });

  test("keeps its first reason to end", () => {
    const escalated = after("start", "a ready", "b ready", "a refused", "stop", "b ended");
    expect(escalated).toMatchObject({
      status: "ended",
      end: { reason: "escalated", exitCode: EXIT.config, child: "a" },
    });
  });
});
