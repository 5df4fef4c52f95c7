import { SESSION_ID } from "@blacksky/harness";
import { systemClock, type Timer } from "@blacksky/machine";
import { openStore, storePath } from "@blacksky/store";

/** Follows a local store from outside, to tell afterwards how old what was lost is. */
export interface StoreWatch {
  /** Age in milliseconds, at the last look, of the oldest change after this position; 0 when nothing is after it. */
  ageAfter(position: number): number;
  close(): Promise<void>;
}

const LOOK_MS = 10;

/** Opens the store of a tree beside it, and notes when it moves. */
export const watchStore = (dataDir: string): StoreWatch => {
  const store = openStore({ path: storePath(dataDir, SESSION_ID), readOnly: true });
  const moves: { at: number; position: number }[] = [];
  let lookedAt = 0;
  let timer: Timer | undefined;
  const look = (): void => {
    lookedAt = systemClock.now();
    const { position } = store;
    if (moves.at(-1)?.position !== position) moves.push({ at: lookedAt, position });
    timer = systemClock.startTimer(LOOK_MS, look);
  };
  look();
  return {
    ageAfter(position) {
      const first = moves.find((move) => move.position > position);
      return first === undefined ? 0 : lookedAt - first.at;
    },
    async close() {
      timer?.cancel();
      await store.close();
    },
  };
};
