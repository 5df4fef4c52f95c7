import { describe, expect, test } from "@jest/globals";
import {
  RETRY_MS,
  SAME_KIND_MS,
  transitionTrouble,
  type TroubleEffect,
  type TroubleEvent,
  type TroubleState,
} from "./trouble.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const RECENT = NOW - 60_000;
const LONG_AGO = NOW - SAME_KIND_MS;
const rules = { patienceMs: 300_000, settleMs: 60_000 };
const episode = { sinceMs: NOW - 90_000, text: "before" };

/** The states, by whom was told when: nobody, lately, or so long ago that it may be told again. */
const STATES = {
  quiet: { status: "quiet", toldAtMs: null },
  quietTold: { status: "quiet", toldAtMs: RECENT },
  suspected: { ...episode, status: "suspected", toldAtMs: LONG_AGO },
  suspectedTold: { ...episode, status: "suspected", toldAtMs: RECENT },
  muted: { ...episode, status: "muted", toldAtMs: RECENT },
  mutedUntold: { ...episode, status: "muted", toldAtMs: null },
  raised: { ...episode, status: "raised", toldAtMs: RECENT },
  raisedLongAgo: { ...episode, status: "raised", toldAtMs: LONG_AGO },
  raisedUntold: { ...episode, status: "raised", toldAtMs: null },
  settling: { ...episode, status: "settling", toldAtMs: RECENT, easedAtMs: NOW - 60_000 },
  settlingLongAgo: { ...episode, status: "settling", toldAtMs: LONG_AGO, easedAtMs: NOW - 60_000 },
  settlingUntold: { ...episode, status: "settling", toldAtMs: null, easedAtMs: NOW - 60_000 },
} satisfies Record<string, TroubleState>;

type StateName = keyof typeof STATES;
type EventName = TroubleEvent["type"] | "late";

const eventsFor = ({ toldAtMs }: TroubleState): Record<EventName, TroubleEvent> => ({
  struck: { type: "struck", text: "now" },
  eased: { type: "eased" },
  relapsed: { type: "relapsed" },
  timer: { type: "timer" },
  undelivered: { type: "undelivered", atMs: toldAtMs ?? NOW, again: true },
  late: { type: "undelivered", atMs: LONG_AGO - 1, again: true },
});

type Cell = readonly [TroubleState["status"], ...TroubleEffect["type"][]] | "ignored";
const IGNORED = "ignored";

/** Every state and event; a cell that is left out does not compile. */
const TABLE: Record<StateName, Record<EventName, Cell>> = {
  quiet: {
    struck: ["suspected", "startTimer"],
    eased: IGNORED,
    relapsed: IGNORED,
    timer: IGNORED,
    undelivered: IGNORED,
    late: IGNORED,
  },
  quietTold: {
    struck: ["suspected", "startTimer"],
    eased: IGNORED,
    relapsed: IGNORED,
    timer: IGNORED,
    undelivered: ["quiet"],
    late: IGNORED,
  },
  suspected: {
    struck: IGNORED,
    eased: ["quiet", "cancelTimer"],
    relapsed: IGNORED,
    timer: ["raised", "alert"],
    undelivered: ["suspected"],
    late: IGNORED,
  },
  suspectedTold: {
    struck: IGNORED,
    eased: ["quiet", "cancelTimer"],
    relapsed: IGNORED,
    timer: ["muted", "startTimer"],
    undelivered: ["suspected"],
    late: IGNORED,
  },
  muted: {
    struck: IGNORED,
    eased: ["quiet", "cancelTimer"],
    relapsed: IGNORED,
    timer: ["raised", "alert"],
    undelivered: ["muted", "startTimer"],
    late: IGNORED,
  },
  mutedUntold: {
    struck: IGNORED,
    eased: ["quiet", "cancelTimer"],
    relapsed: IGNORED,
    timer: ["raised", "alert"],
    undelivered: IGNORED,
    late: IGNORED,
  },
  raised: {
    struck: IGNORED,
    eased: ["settling", "startTimer"],
    relapsed: IGNORED,
    timer: ["raised", "alert"],
    undelivered: ["raised", "startTimer"],
    late: IGNORED,
  },
  raisedLongAgo: {
    struck: ["raised", "alert"],
    eased: ["settling", "startTimer"],
    relapsed: IGNORED,
    timer: ["raised", "alert"],
    undelivered: ["raised", "startTimer"],
    late: IGNORED,
  },
  raisedUntold: {
    struck: ["raised", "cancelTimer", "alert"],
    eased: ["settling", "startTimer"],
    relapsed: IGNORED,
    timer: ["raised", "alert"],
    undelivered: IGNORED,
    late: IGNORED,
  },
  settling: {
    struck: ["raised", "cancelTimer"],
    eased: IGNORED,
    relapsed: ["raised", "cancelTimer"],
    timer: ["quiet", "tellOver"],
    undelivered: ["settling"],
    late: IGNORED,
  },
  settlingLongAgo: {
    struck: ["raised", "cancelTimer", "alert"],
    eased: IGNORED,
    relapsed: ["raised", "cancelTimer"],
    timer: ["quiet", "tellOver"],
    undelivered: ["settling"],
    late: IGNORED,
  },
  settlingUntold: {
    struck: ["raised", "cancelTimer", "alert"],
    eased: IGNORED,
    relapsed: ["raised", "startTimer"],
    timer: ["quiet", "tellOver"],
    undelivered: IGNORED,
    late: IGNORED,
  },
};

const cells = (Object.keys(TABLE) as StateName[]).flatMap((state) =>
  (Object.keys(TABLE[state]) as EventName[]).map((event) => [state, event, TABLE[state][event]] as const),
);

describe("the transition table", () => {
  test.each(cells)("%s on %s", (stateName, eventName, cell) => {
    const state: TroubleState = STATES[stateName];
    const [next, effects] = transitionTrouble(rules, state, eventsFor(state)[eventName], NOW);
    if (cell === IGNORED) {
      expect(next).toBe(state);
      expect(effects).toEqual([]);
    } else {
      expect([next.status, ...effects.map(({ type }) => type)]).toEqual(cell);
    }
  });
});

describe("what the cells do not say", () => {
  const step = (state: TroubleState, event: TroubleEvent, with_ = rules) => transitionTrouble(with_, state, event, NOW);

  test("the newest words are told, and when", () => {
    expect(step(STATES.raisedLongAgo, { type: "struck", text: "now" })).toEqual([
      { status: "raised", sinceMs: episode.sinceMs, text: "now", toldAtMs: NOW },
      [{ type: "alert", text: "now", atMs: NOW }],
    ]);
  });

  test("a kind without patience is told at once, or at the end of the hour", () => {
    const hasty = { ...rules, patienceMs: 0 };
    const struck: TroubleEvent = { type: "struck", text: "now" };
    expect(step(STATES.quiet, struck, hasty)).toEqual([
      { status: "raised", sinceMs: NOW, text: "now", toldAtMs: NOW },
      [{ type: "alert", text: "now", atMs: NOW }],
    ]);
    expect(step(STATES.quietTold, struck, hasty)).toEqual([
      { status: "muted", sinceMs: NOW, text: "now", toldAtMs: RECENT },
      [{ type: "startTimer", delayMs: SAME_KIND_MS - 60_000 }],
    ]);
  });

  test("one that need not settle is over at once, and no other attempt follows", () => {
    const hasty = { ...rules, settleMs: 0 };
    const tellOver = { type: "tellOver", durationMs: 90_000 };
    expect(step(STATES.raised, { type: "eased" }, hasty)).toEqual([{ status: "quiet", toldAtMs: RECENT }, [tellOver]]);
    expect(step(STATES.raisedUntold, { type: "eased" }, hasty)).toEqual([
      { status: "quiet", toldAtMs: null },
      [{ type: "cancelTimer" }, tellOver],
    ]);
  });

  test("the duration is from its beginning to when it looked over, and never negative", () => {
    expect(step(STATES.settling, { type: "timer" })[1]).toEqual([{ type: "tellOver", durationMs: 30_000 }]);
    const setBack = { ...STATES.settling, easedAtMs: episode.sinceMs - 5 };
    expect(step(setBack, { type: "timer" })[1]).toEqual([{ type: "tellOver", durationMs: 0 }]);
  });

  test("who refused an alert is asked again an hour later, who was away sooner", () => {
    const pause = (again: boolean) => step(STATES.raised, { type: "undelivered", atMs: RECENT, again })[1];
    expect(pause(true)).toEqual([{ type: "startTimer", delayMs: RETRY_MS }]);
    expect(pause(false)).toEqual([{ type: "startTimer", delayMs: SAME_KIND_MS }]);
  });

  test("a clock that was set back silences nothing", () => {
    const future: TroubleState = { status: "quiet", toldAtMs: NOW + 86_400_000 };
    expect(step(future, { type: "struck", text: "now" }, { ...rules, patienceMs: 0 })[0]).toMatchObject({
      status: "raised",
    });
  });
});
