import type { Clock, Timer } from "@blacksky/machine";
import type { RecordChange, Store } from "@blacksky/store";

/** A mark that is not written when the process dies costs one more handling, whose effects nobody sees twice. */
const EVERY_MS = 50;

/** Writes together what is not urgent. */
export interface MarkWriter {
  /** The mark of this entry is to be written soon. */
  touch(id: string): void;
  /** It is not: something newer is written in another way. */
  drop(id: string): void;
  /** Writes what waits now; resolves when all of it is committed. */
  flush(): Promise<void>;
}

export interface MarkWriterOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** What to write for these, at the moment of writing. */
  readonly changesOf: (ids: Iterable<string>) => RecordChange[];
  readonly onChange: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** A writer with nothing to write. */
export const createMarkWriter = ({ store, clock, changesOf, onChange, onFailure }: MarkWriterOptions): MarkWriter => {
  const waiting = new Set<string>();
  let timer: Timer | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = (): void => {
    timer?.cancel();
    timer = undefined;
    if (waiting.size === 0) return;
    const changes = changesOf(waiting);
    waiting.clear();
    writing = Promise.all([writing, store.write(changes).then(onChange, onFailure)]).then(() => undefined);
  };

  return {
    touch(id) {
      waiting.add(id);
      timer ??= clock.startTimer(EVERY_MS, write);
    },
    drop: (id) => void waiting.delete(id),
    async flush() {
      write();
      await writing;
    },
  };
};
