/** How long what is over is remembered: so long the same key sends nothing again. */
export interface Retention {
  readonly maxCount: number;
  readonly maxAgeMs: number;
}

export const DEFAULT_RETENTION: Retention = { maxCount: 5000, maxAgeMs: 7 * 24 * 3_600_000 };

/** Notifications that are over (sent, delivered, discarded, cancelled), by WhatsApp's message id; the rest is in the store. */
export interface Settled {
  /** @param at epoch milliseconds */
  add(messageId: string, one: { readonly seq: number; readonly at: number; readonly isDead: boolean }): void;
  /** Its number. */
  get(messageId: string): number | undefined;
  remove(messageId: string): void;
  /** Forgets those that are too many or too old, and tells their numbers. */
  prune(now: number): number[];
  /** The numbers of those that were given up, the newest last. */
  dead(): number[];
  readonly deadCount: number;
}

/** Once so many have gone from the head of the list, it is cut. */
const WORTH_CUTTING = 1024;

/** Nothing is over at first. What is added later must not be older. */
export const createSettled = ({ maxCount, maxAgeMs }: Retention): Settled => {
  interface Over {
    readonly messageId: string;
    readonly seq: number;
    readonly at: number;
  }
  const all = new Map<string, Over>();
  const dead = new Map<string, number>();
  // The oldest first; not the map's own order, for that is slow to find once many have gone. Those removed stay in here.
  let list: Over[] = [];
  let first = 0;
  const remove = (messageId: string): void => {
    all.delete(messageId);
    dead.delete(messageId);
  };
  const oldest = (): Over | undefined => {
    for (; first < list.length; first += 1) {
      const one = list[first];
      if (one !== undefined && all.get(one.messageId) === one) return one;
    }
    return undefined;
  };
  return {
    add(messageId, { seq, at, isDead }) {
      const one = { messageId, seq, at };
      all.set(messageId, one);
      list.push(one);
      if (isDead) dead.set(messageId, seq);
    },
    get: (messageId) => all.get(messageId)?.seq,
    remove,
    prune(now) {
      const forgotten: number[] = [];
      for (let one = oldest(); one !== undefined; one = oldest()) {
        if (all.size <= maxCount && now - one.at < maxAgeMs) break;
        remove(one.messageId);
        forgotten.push(one.seq);
      }
      if (first > WORTH_CUTTING) {
        list = list.slice(first);
        first = 0;
      }
      return forgotten;
    },
    dead: () => [...dead.values()],
    get deadCount() {
      return dead.size;
    },
  };
};
