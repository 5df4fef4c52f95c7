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

/** Nothing is over at first. What is added later must not be older. */
export const createSettled = ({ maxCount, maxAgeMs }: Retention): Settled => {
  const all = new Map<string, { readonly seq: number; readonly at: number }>();
  const dead = new Map<string, number>();
  const remove = (messageId: string): void => {
    all.delete(messageId);
    dead.delete(messageId);
  };
  return {
    add(messageId, { seq, at, isDead }) {
      all.set(messageId, { seq, at });
      if (isDead) dead.set(messageId, seq);
    },
    get: (messageId) => all.get(messageId)?.seq,
    remove,
    prune(now) {
      const forgotten: number[] = [];
      for (const [messageId, { seq, at }] of all) {
        if (all.size <= maxCount && now - at < maxAgeMs) break;
        remove(messageId);
        forgotten.push(seq);
      }
      return forgotten;
    },
    dead: () => [...dead.values()],
    get deadCount() {
      return dead.size;
    },
  };
};
