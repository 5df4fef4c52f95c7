import type { Entry } from "./entry.ts";
import { createHeap } from "./heap.ts";

/** Notifications that were handed in for later. Times in epoch milliseconds. */
export interface Agenda {
  add(entry: Entry): void;
  /** Takes out those whose time has come, in the order of their times. */
  takeDue(now: number): Entry[];
  /** The first time, of one that may not be wanted any more; `Infinity` when there is none. */
  readonly nextAt: number;
}

const dueAtOf = ({ state }: Entry): number => (state.status === "scheduled" ? state.dueAt : 0);

/** Nothing is planned at first. */
export const createAgenda = (): Agenda => {
  const planned = createHeap<{ readonly entry: Entry; readonly dueAt: number }>((one, other) =>
    one.dueAt === other.dueAt ? one.entry.seq < other.entry.seq : one.dueAt < other.dueAt,
  );
  return {
    add: (entry) => planned.push({ entry, dueAt: dueAtOf(entry) }),
    takeDue(now) {
      const due: Entry[] = [];
      for (let first = planned.peek(); first !== undefined && first.dueAt <= now; first = planned.peek()) {
        planned.pop();
        if (first.entry.state.status === "scheduled") due.push(first.entry);
      }
      return due;
    },
    get nextAt() {
      return planned.peek()?.dueAt ?? Infinity;
    },
  };
};
