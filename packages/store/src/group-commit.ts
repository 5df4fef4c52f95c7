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

/** How long writes may keep one turn of the event loop going. */
const TURN_MS = 5;

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

/** Commits, and answers with what tells each caller how its write ended. */
const settle = (environment: Environment, writes: readonly WaitingWrite[]): (() => void) => {
  try {
    const positions = commitAll(
      environment,
      writes.map(({ changes }) => changes),
    );
    return () => {
      for (const [at, write] of writes.entries()) write.resolve(positions[at] ?? 0);
    };
  } catch (error) {
    const [only] = writes;
    if (writes.length === 1) return () => only?.reject(error);
    // Perhaps one was too big for the disk; the others need not suffer for it.
    const answers = writes.map((write) => settle(environment, [write]));
    return () => {
      for (const answer of answers) answer();
    };
  }
};

/**
 * Runs answers at once as long as the event loop's turn is short, else in its next turn, in their order. Commits and
 * answers are microtasks: callers that do nothing but write would keep timers, sockets and signals waiting for good.
 */
const createTurns = (): ((answer: () => void) => void) => {
  let beganMs: number | undefined;
  return (answer) => {
    if (beganMs === undefined) {
      beganMs = performance.now();
      setImmediate(() => {
        beganMs = undefined;
      });
    }
    if (performance.now() - beganMs < TURN_MS) answer();
    else setImmediate(answer);
  };
};

/** Collects the writes of one turn of the event loop into one transaction. */
export const createGroupCommit = (environment: Environment): GroupCommit => {
  const inTurns = createTurns();
  let waiting: WaitingWrite[] = [];

  const flush = (): void => {
    const writes = waiting;
    waiting = [];
    if (writes.length > 0) inTurns(settle(environment, writes));
  };

  return {
    flush,
    // Async so that an invalid key is a rejection too.
    async write(changes) {
      const prepared = prepareChanges(changes);
      if (prepared.length === 0) return environment.reading(() => readPosition(environment));
      return new Promise<number>((resolve, reject) => {
        if (waiting.length === 0) queueMicrotask(flush);
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
