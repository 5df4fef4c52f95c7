/** Things of which the first by some order is always at hand. */
export interface Heap<Thing> {
  push(thing: Thing): void;
  /** The first, which stays. */
  peek(): Thing | undefined;
  pop(): Thing | undefined;
  readonly size: number;
}

/** @param isBefore whether one comes before another; a strict order, which must not change while they are in here */
export const createHeap = <Thing>(isBefore: (one: Thing, other: Thing) => boolean): Heap<Thing> => {
  // The children of the thing at `index` are at `2 * index + 1` and the next one; none comes before its parent.
  const things: Thing[] = [];

  const rise = (thing: Thing): void => {
    let at = things.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = things[above] as Thing;
      if (!isBefore(thing, parent)) break;
      things[at] = parent;
      at = above;
    }
    things[at] = thing;
  };

  const sink = (thing: Thing): void => {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= things.length) break;
      if (below + 1 < things.length && isBefore(things[below + 1] as Thing, things[below] as Thing)) below += 1;
      const child = things[below] as Thing;
      if (!isBefore(child, thing)) break;
      things[at] = child;
      at = below;
    }
    things[at] = thing;
  };

  return {
    push: rise,
    peek: () => things[0],
    pop() {
      const [first] = things;
      const last = things.pop();
      if (last !== undefined && things.length > 0) sink(last);
      return first;
    },
    get size() {
      return things.length;
    },
  };
};
