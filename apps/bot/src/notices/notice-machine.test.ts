import { createFakeClock, pick, seededRandom } from "@blacksky/machine";
import type { Notice } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import {
  initialNotices,
  transitionNotices,
  type Gathered,
  type NoticeEffect,
  type NoticeEvent,
  type NoticeSettings,
  type NoticeState,
} from "./notice-machine.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Noon, some day. */
const NOON = Date.UTC(2026, 0, 2, 12);

const settings: NoticeSettings = {
  level: "important",
  quietHours: { fromHour: 0, toHour: 6 },
  hourOf: (atMs) => new Date(atMs).getUTCHours(),
  gatherMs: 10_000,
  gapMs: 5 * MINUTE_MS,
  longestGapMs: HOUR_MS,
  calmMs: 2 * HOUR_MS,
  retryMs: MINUTE_MS,
};
const notice = (kind: string, importance: Notice["importance"] = "important"): Notice => ({
  kind,
  importance,
  text: `The ${kind}.`,
});
const gathered: Gathered = { ...notice("a"), count: 1, sinceMs: NOON };
const pace = { lastSentAtMs: null, gapMs: settings.gapMs };

describe("every state and event", () => {
  const STATES: Record<NoticeState["status"], NoticeState> = {
    calm: { status: "calm", ...pace },
    gathering: { status: "gathering", ...pace, notices: [gathered] },
    telling: { status: "telling", ...pace, notices: [], told: [gathered] },
  };
  const EVENTS: Record<NoticeEvent["type"] | "trifle", NoticeEvent> = {
    happened: { type: "happened", notice: notice("b") },
    trifle: { type: "happened", notice: notice("b", "all") },
    timer: { type: "timer" },
    accepted: { type: "accepted" },
    failed: { type: "failed" },
  };
  type Cell = readonly [NoticeState["status"], ...NoticeEffect["type"][]] | "ignored";
  const TABLE: Record<NoticeState["status"], Record<keyof typeof EVENTS, Cell>> = {
    calm: {
      happened: ["gathering", "startTimer"],
      trifle: "ignored",
      timer: "ignored",
      accepted: "ignored",
      failed: "ignored",
    },
    gathering: {
      happened: ["gathering"],
      trifle: "ignored",
      timer: ["telling", "tell"],
      accepted: "ignored",
      failed: "ignored",
    },
    telling: {
      happened: ["telling"],
      trifle: "ignored",
      timer: "ignored",
      accepted: ["calm"],
      failed: ["gathering", "startTimer"],
    },
  };
  const cells = Object.entries(TABLE).flatMap(([status, row]) =>
    Object.entries(row).map(([event, cell]) => [status, event, cell] as const),
  );
  test.each(cells)("%s, %s", (status, name, cell) => {
    const state = STATES[status as NoticeState["status"]];
    const [next, effects] = transitionNotices(settings, state, EVENTS[name as keyof typeof EVENTS], NOON);
    if (cell === "ignored") expect([next, effects]).toEqual([state, []]);
    else expect([next.status, ...effects.map(({ type }) => type)]).toEqual(cell);
  });
});

/** The machine with its timer on a fake clock; each message is accepted at once, or fails while `isBroken`. */
const createRig = (startMs = NOON, more: Partial<NoticeSettings> = {}) => {
  const clock = createFakeClock(startMs);
  const context = { ...settings, ...more };
  const told: { at: number; kinds: string[]; counts: number[] }[] = [];
  const rig = { isBroken: false };
  let state: NoticeState = initialNotices(context);
  const send = (event: NoticeEvent): void => {
    const [next, effects] = transitionNotices(context, state, event, clock.now());
    state = next;
    for (const effect of effects) {
      if (effect.type === "startTimer") clock.startTimer(effect.delayMs, () => send({ type: "timer" }));
      else if (rig.isBroken) send({ type: "failed" });
      else {
        const kinds = effect.notices.map(({ kind }) => kind);
        told.push({ at: clock.now(), kinds, counts: effect.notices.map(({ count }) => count) });
        send({ type: "accepted" });
      }
    }
  };
  const happen = (kind: string, importance?: Notice["importance"]): void =>
    send({ type: "happened", notice: notice(kind, importance) });
  return { clock, told, rig, happen, state: () => state };
};

describe("what the owner is told", () => {
  test("comes in one message when it happens together, those of one kind counted", () => {
    const { clock, told, happen } = createRig();
    happen("back");
    clock.advance(5000);
    happen("database-down");
    happen("back");
    clock.advance(5000);
    expect(told).toEqual([{ at: NOON + 10_000, kinds: ["database-down", "back"], counts: [1, 2] }]);
  });

  test("keeps a growing distance, which is forgotten after a calm time", () => {
    const { clock, told, happen } = createRig();
    for (let step = 0; step < 12 * 60; step += 1) {
      happen("back");
      clock.advance(10_000);
    }
    const gaps = told.slice(1).map(({ at }, index) => Math.round((at - (told[index]?.at ?? 0)) / MINUTE_MS));
    expect(gaps).toEqual([5, 10, 20, 40]);
    clock.advance(4 * HOUR_MS);
    const before = told.length;
    happen("back");
    clock.advance(10_000);
    expect(told).toHaveLength(before + 1);
    happen("back");
    clock.advance(6 * MINUTE_MS);
    expect(told).toHaveLength(before + 2);
  });

  test("does not come in the quiet hours, but at their end, all in one", () => {
    const night = Date.UTC(2026, 0, 2, 1);
    const { clock, told, happen } = createRig(night);
    happen("back");
    clock.advance(HOUR_MS);
    happen("database-back");
    clock.advance(5 * HOUR_MS);
    expect(told).toEqual([{ at: Date.UTC(2026, 0, 2, 6), kinds: ["back", "database-back"], counts: [1, 1] }]);
  });

  test("is what the level says", () => {
    for (const [level, kinds] of [
      ["off", []],
      ["important", [["a"]]],
      ["all", [["a", "b"]]],
    ] as const) {
      const { clock, told, happen } = createRig(NOON, { level });
      happen("a", "important");
      happen("b", "all");
      clock.advance(HOUR_MS);
      expect(told.map((message) => message.kinds)).toEqual(kinds);
    }
  });

  test("is not lost when it cannot be handed over", () => {
    const { clock, told, rig, happen } = createRig();
    rig.isBroken = true;
    happen("a");
    clock.advance(10_000);
    happen("b");
    happen("a");
    clock.advance(10 * MINUTE_MS);
    expect(told).toEqual([]);
    rig.isBroken = false;
    clock.advance(MINUTE_MS);
    expect(told).toEqual([expect.objectContaining({ kinds: ["b", "a"], counts: [1, 2] })]);
  });
});

test.each([7, 77, 777])(
  "whatever happens: all of it is told, never in quiet hours, never in a burst (seed %d)",
  (seed) => {
    const random = seededRandom(seed);
    const { clock, told, rig, happen, state } = createRig();
    let happened = 0;
    for (let step = 0; step < 2000; step += 1) {
      if (random() < 0.6) {
        happen(pick(random, ["a", "b", "c", "d"]));
        happened += 1;
      }
      rig.isBroken = random() < 0.2;
      clock.advance(Math.floor(random() ** 3 * 3 * HOUR_MS));
    }
    rig.isBroken = false;
    clock.advance(24 * HOUR_MS);
    expect(state().status).toBe("calm");
    const counts = told.flatMap((message) => message.counts);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(happened);
    for (const [index, { at }] of told.entries()) {
      expect(settings.hourOf(at)).toBeGreaterThanOrEqual(6);
      if (index > 0) expect(at - (told[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(settings.gapMs);
    }
  },
);
