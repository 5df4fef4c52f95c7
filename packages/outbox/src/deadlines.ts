/** Things that have a deadline, each the same while after it was given one. Times on a clock that nobody sets. */
export interface Deadlines<Thing> {
  start(thing: Thing, now: number): void;
  cancel(thing: Thing): void;
  /** Takes out those whose time is over. */
  takeDue(now: number): Thing[];
  /** When the first one's time is over; `Infinity` when there is none. */
  readonly nextAt: number;
  readonly things: Iterable<Thing>;
  readonly size: number;
}

/** One timer serves them all: as each has the same while, they fall due in the order in which they began. */
export const createDeadlines = <Thing>(durationMs: number): Deadlines<Thing> => {
  const dueAt = new Map<Thing, number>();
  return {
    start(thing, now) {
      dueAt.delete(thing);
      dueAt.set(thing, now + durationMs);
    },
    cancel: (thing) => void dueAt.delete(thing),
    takeDue(now) {
      const due: Thing[] = [];
      for (const [thing, at] of dueAt) {
        if (at > now) break;
        dueAt.delete(thing);
        due.push(thing);
      }
      return due;
    },
    get nextAt() {
      const [first] = dueAt.values();
      return first ?? Infinity;
    },
    things: { [Symbol.iterator]: () => dueAt.keys() },
    get size() {
      return dueAt.size;
    },
  };
};
