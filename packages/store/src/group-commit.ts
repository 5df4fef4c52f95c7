import { compactFeed } from "./compact-feed.ts";
import type { Environment } from "./environment.ts";
import { applyWrites, prepareChanges, sizeOfChanges } from "./feed.ts";
import { readPosition } from "./meta.ts";
import type { PreparedChange } from "./feed.ts";
import type { RecordChange } from "./store.ts";

/** The two ways to write. */
export interface GroupCommit {
  write(changes: readonly RecordChange[]): Promise<number>;
  writeSync(changes: readonly RecordChange[]): number;
  /** Commits what `write` left waiting. */
  flush(): void;
}

interface WaitingWrite {
  readonly changes: readonly PreparedChange[];
  resolve(position: number): void;
  reject(error: unknown): void;
}

const commitAll = (environment: Environment, writes: readonly (readonly PreparedChange[])[]): number[] => {
  const changes = writes.flat();
  const positions = environment.transaction(sizeOfChanges(changes), () => applyWrites(environment, writes));
  const position = positions.at(-1) ?? 0;
  try {
    compactFeed(environment, position - changes.length, position);
  } catch {
    // What was committed stays committed, and a feed that is too long can still be read; a later commit tries again.
  }
  return positions;
};

/** Commits, and tells each caller how its write ended. */
const settle = (environment: Environment, writes: readonly WaitingWrite[]): void => {
  try {
    const positions = commitAll(
      environment,
      writes.map(({ changes }) => changes),
    );
    for (const [at, write] of writes.entries()) write.resolve(positions[at] ?? 0);
  } catch (error) {
    // Perhaps one was too big for the disk; the others need not suffer for it.
    if (writes.length > 1) for (const write of writes) settle(environment, [write]);
    else writes[0]?.reject(error);
  }
};

/**
 * Collects the writes of one turn of the event loop into one transaction. Not of one microtask run: Node ends that after each
 * frame that a socket has brought, and a commit costs as much as twenty changes. Who does nothing but write leaves a turn to
 * timers, sockets and signals with each commit.
 */
export const createGroupCommit = (environment: Environment): GroupCommit => {
  let waiting: WaitingWrite[] = [];

  const flush = (): void => {
    const writes = waiting;
    waiting = [];
    if (writes.length > 0) settle(environment, writes);
  };

  return {
    flush,
    // Async so that an invalid key is a rejection too.
    async write(changes) {
      const prepared = prepareChanges(changes);
      if (prepared.length === 0) return environment.reading(() => readPosition(environment));
      return new Promise<number>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ changes: prepared, resolve, reject });
      });
    },
    writeSync(changes) {
      flush();
      const prepared = prepareChanges(changes);
      if (prepared.length === 0) return environment.reading(() => readPosition(environment));
      return commitAll(environment, [prepared])[0] ?? 0;
    },
  };
};
