import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "./fake-clock.ts";
import { interpret, type InterpretOptions, type TransitionRecord } from "./interpret.ts";

type State = { status: "off" } | { status: "on"; since: number };
type Event = { type: "toggle" } | { type: "again" } | { type: "failed"; why: string };
type Effect = { type: "shine" } | { type: "echo" } | { type: "break" } | { type: "breakLater" };

const options = (
  effects: Partial<Record<Event["type"], Effect[]>>,
  seen: string[],
): InterpretOptions<null, State, Event, Effect> => ({
  context: null,
  initial: { status: "off" },
  clock: createFakeClock(42),
  transition: (_context, state, event, now) => {
    if (event.type === "toggle") {
      return [state.status === "off" ? { status: "on", since: now } : { status: "off" }, effects.toggle ?? []];
    }
    return [state, effects[event.type] ?? []];
  },
  perform: (effect, send) => {
    seen.push(effect.type);
    if (effect.type === "echo") send({ type: "again" });
    if (effect.type === "break") throw new Error("at once");
    if (effect.type === "breakLater") return Promise.reject(new Error("later"));
    return undefined;
  },
  onEffectFailure: (effect, error) => ({ type: "failed", why: `${effect.type} ${String(error)}` }),
});

describe("interpret", () => {
  test("moves to the new state with the clock's time", () => {
    const machine = interpret(options({}, []));
    machine.send({ type: "toggle" });
    expect(machine.state).toEqual({ status: "on", since: 42 });
  });

  test("performs effects in order, and handles the events they raise only after them", () => {
    const seen: string[] = [];
    const machine = interpret(
      options({ toggle: ["echo", "shine"].map((type) => ({ type }) as Effect), again: [{ type: "shine" }] }, seen),
    );
    machine.send({ type: "toggle" });
    expect(seen).toEqual(["echo", "shine", "shine"]);
  });

  test("turns an effect's failure into an event, now or later", async () => {
    const records: TransitionRecord<State, Event, Effect>[] = [];
    const machine = interpret({
      ...options({ toggle: [{ type: "break" }, { type: "breakLater" }], failed: [{ type: "shine" }] }, []),
      onTransition: (record) => void records.push(record),
    });
    machine.send({ type: "toggle" });
    await Promise.resolve();
    await Promise.resolve();
    const failures = records.flatMap(({ event }) => (event.type === "failed" ? [event.why] : []));
    expect(failures).toEqual(["break Error: at once", "breakLater Error: later"]);
  });

  test("reports a change once and an ignored event never", () => {
    const records: TransitionRecord<State, Event, Effect>[] = [];
    const machine = interpret({ ...options({}, []), onTransition: (record) => void records.push(record) });
    machine.send({ type: "again" });
    machine.send({ type: "toggle" });
    expect(records).toEqual([
      { from: { status: "off" }, to: { status: "on", since: 42 }, event: { type: "toggle" }, effects: [], at: 42 },
    ]);
  });

  test("drops what is sent after it was stopped", () => {
    const machine = interpret(options({}, []));
    machine.stop();
    machine.send({ type: "toggle" });
    expect(machine.state).toEqual({ status: "off" });
  });
});
