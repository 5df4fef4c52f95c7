import type { NotificationState } from "@blacksky/protocol";
import type { RecordChange, Store } from "@blacksky/store";
import { decodeRecord } from "../record.ts";

type OutboxStore = Pick<Store, "get" | "keys" | "write">;

/** A store as one process sees it that may die at any moment, also in the middle of a write. */
export interface CrashingStore extends OutboxStore {
  /** The process dies with its `count`th write from now on: that one is not made, nor any after it. */
  crashAtWrite(count: number): void;
  /** The process dies now. */
  crash(): void;
  readonly isDead: boolean;
  /** What this process has committed of each notification, by id. */
  readonly committed: ReadonlyMap<string, NotificationState>;
}

const isNotification = ({ key }: RecordChange): boolean => /^outbox\/[0-9a-f]{12}$/.test(key);

/** The dead write nothing, and hear nothing. */
export const createCrashingStore = (store: OutboxStore): CrashingStore => {
  let left = Infinity;
  let isDead = false;
  const committed = new Map<string, NotificationState>();
  const write = async (changes: readonly RecordChange[]): Promise<number> => {
    const position = await store.write(changes);
    for (const { value } of changes.filter(isNotification)) {
      if (value === undefined) continue;
      const { id, state } = decodeRecord(value);
      committed.set(id, state.status);
    }
    return position;
  };
  return {
    get: (key) => store.get(key),
    keys: (prefix) => store.keys(prefix),
    write(changes) {
      left -= 1;
      if (left <= 0) isDead = true;
      return isDead ? new Promise(() => undefined) : write(changes);
    },
    crashAtWrite(count) {
      left = count;
    },
    crash() {
      isDead = true;
    },
    committed,
    get isDead() {
      return isDead;
    },
  };
};
