import type { Entry } from "./entry.ts";
import { createHeap, type Heap } from "./heap.ts";
import type { Limits } from "./limits.ts";
import type { Line } from "./line.ts";

/** Where a line waits for its turn, with its head as it was when it got the place. */
export interface Place {
  readonly line: Line;
  readonly turn: number;
  readonly head: Entry;
}

/** The places of all lines. A line that is given another one need not be taken out of its last. */
export interface Places {
  /** It may go as soon as the limits let it. */
  stand(place: Place): void;
  /** It may not go before that moment. */
  wait(place: Place, until: number): void;
  /** Takes out one that has waited long enough. */
  takeWaited(now: number): Place | undefined;
  /** Takes out the one that is to go next: by priority, then by number. */
  takeFirst(now: number): Place | undefined;
  /** Milliseconds until one of the two may answer otherwise by time alone; `Infinity` when never. */
  wakeInMs(now: number): number;
}

type Waiting = Place & { readonly until: number };

const goesBefore = (one: Place, other: Place): boolean =>
  one.head.priority === other.head.priority ? one.head.seq < other.head.seq : one.head.priority < other.head.priority;

const isVoid = ({ line, turn }: Place): boolean => line.turn !== turn;

const firstOf = <Some extends Place>(heap: Heap<Some>): Some | undefined => {
  for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
    if (!isVoid(first)) return first;
    heap.pop();
  }
  return undefined;
};

/** Nobody has a place at first. Strangers have theirs apart, so that they keep nobody else waiting. */
export const createPlaces = (limits: Limits): Places => {
  const known = createHeap<Place>(goesBefore);
  const strangers = createHeap<Place>(goesBefore);
  const waiting = createHeap<Waiting>((one, other) => one.until < other.until);
  return {
    stand: (place) => (place.line.isStranger ? strangers : known).push(place),
    wait: (place, until) => waiting.push({ ...place, until }),
    takeWaited(now) {
      const first = firstOf(waiting);
      return first !== undefined && first.until <= now ? waiting.pop() : undefined;
    },
    takeFirst(now) {
      if (limits.overallWaitMs(now) > 0) return undefined;
      const friend = firstOf(known);
      const stranger = limits.strangersWaitMs(now) > 0 ? undefined : firstOf(strangers);
      if (stranger === undefined) return friend && known.pop();
      return friend !== undefined && goesBefore(friend, stranger) ? known.pop() : strangers.pop();
    },
    wakeInMs(now) {
      const overallMs = limits.overallWaitMs(now);
      const waitedMs = (firstOf(waiting)?.until ?? Infinity) - now;
      const knownMs = firstOf(known) === undefined ? Infinity : overallMs;
      const strangersMs =
        firstOf(strangers) === undefined ? Infinity : Math.max(overallMs, limits.strangersWaitMs(now));
      return Math.max(0, Math.min(waitedMs, knownMs, strangersMs));
    },
  };
};
