import { describe, expect, test } from "@jest/globals";

interface Effect {
  readonly type: string;
  /** Of timers. */
  readonly name?: string;
}

/** What a state does on an event: the next status and the effects by their names, timers with theirs; or nothing at all. */
type Cell = readonly string[] | "ignored";

export interface CheckedTable<State, Event> {
  readonly table: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
  readonly states: Readonly<Record<string, State>>;
  readonly events: Readonly<Record<string, Event>>;
  readonly transition: (state: State, event: Event) => readonly [State, readonly Effect[]];
}

const nameOf = ({ type, name }: Effect): string =>
  (type === "startTimer" || type === "cancelTimer") && name !== undefined ? `${type}:${name}` : type;

const named = <Thing>(things: Readonly<Record<string, Thing>>, name: string): Thing => {
  const thing = things[name];
  if (thing === undefined) throw new Error(`The table names ${name}, which there is not.`);
  return thing;
};

/** A test for each cell of a machine's table. */
export const checkTable = <State extends { readonly status: string }, Event>(
  checked: CheckedTable<State, Event>,
): void => {
  const { table, states, events, transition } = checked;
  const cells = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([event, cell]) => [state, event, cell] as const),
  );
  describe("the transition table", () => {
    test.each(cells)("%s on %s", (stateName, eventName, cell) => {
      const state = named(states, stateName);
      const [next, effects] = transition(state, named(events, eventName));
      if (cell === "ignored") {
        expect(next).toBe(state);
        expect(effects).toEqual([]);
      } else {
        expect([next.status, ...effects.map(nameOf)]).toEqual(cell);
      }
    });
  });
};
