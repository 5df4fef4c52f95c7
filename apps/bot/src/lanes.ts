/** Work that keeps its order within a lane (a chat) while lanes run side by side. */
export interface Lanes {
  run<T>(lane: string, work: () => Promise<T>): Promise<T>;
  /** How many pieces of work run or wait. */
  readonly size: number;
}

/** Lanes exist only while they have work. */
export const createLanes = (): Lanes => {
  const tails = new Map<string, Promise<unknown>>();
  let size = 0;
  return {
    async run(lane, work) {
      size += 1;
      const previous = tails.get(lane) ?? Promise.resolve();
      const current = previous.then(work, work);
      tails.set(lane, current);
      try {
        return await current;
      } finally {
        size -= 1;
        if (tails.get(lane) === current) tails.delete(lane);
      }
    },
    get size() {
      return size;
    },
  };
};
