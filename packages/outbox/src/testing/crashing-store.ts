import type { RecordChange, Store } from "@blacksky/store";
import { decodeRecord } from "../record.ts";
import { decodeUnderWay, keyOfNotification, UNDER_WAY_KEY } from "../records.ts";

type OutboxStore = Pick<Store, "get" | "keys" | "write">;

/** A store as one process sees it that may die at any moment, also in the middle of a write. */
export interface CrashingStore extends OutboxStore {
  /** The process dies with its `count`th write from now on: that one is not made, nor any after it. */
  crashAtWrite(count: number): void;
  /** The process dies now. */
  crash(): void;
  readonly isDead: boolean;
  /** Whether this process has committed that an attempt with this notification begins. */
  isUnderWay(id: string): boolean;
}

/** The dead write nothing, and hear nothing. */
export const createCrashingStore = (store: OutboxStore): CrashingStore => {
  let left = Infinity;
  let isDead = false;
  /** By key. */
  let underWay = new Set<string>();
  const write = async (changes: readonly RecordChange[]): Promise<number> => {
    const position = await store.write(changes);
    const note = changes.findLast(({ key }) => key === UNDER_WAY_KEY);
    if (note?.value !== undefined) underWay = new Set([...decodeUnderWay(note.value)].map(keyOfNotification));
    return position;
  };
  const idOf = (key: string): string | undefined => {
    const bytes = store.get(key);
    return bytes === undefined ? undefined : decodeRecord(bytes).id;
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
    isUnderWay: (id) => [...underWay].some((key) => idOf(key) === id),
    get isDead() {
      return isDead;
    },
  };
};
