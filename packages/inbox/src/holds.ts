/** Which messages are being read at the moment. */
export interface Holds {
  /** From now until the returned function is called; several may read the same one. */
  hold(id: string): () => void;
  has(id: string): boolean;
}

/** Nothing is being read. */
export const createHolds = (): Holds => {
  const counts = new Map<string, number>();
  return {
    hold(id) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = (counts.get(id) ?? 1) - 1;
        if (left === 0) counts.delete(id);
        else counts.set(id, left);
      };
    },
    has: (id) => counts.has(id),
  };
};
