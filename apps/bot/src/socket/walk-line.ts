import type { BinaryNode } from "@whiskeysockets/baileys";
import type { IncomingLine, Waiting } from "./incoming-line.ts";

/** What is to be done with messages before they are handled, and with that acknowledged. */
export interface ReadAhead {
  /** Reads one, as far as it can be read; a failure is left to Baileys. */
  readonly read: (node: BinaryNode) => Promise<unknown>;
  /** Resolves when what was read is safe enough; never rejects. */
  readonly settle: () => Promise<void>;
}

export interface WalkOptions {
  readonly line: IncomingLine;
  readonly isOpen: () => boolean;
  readonly readAhead: ReadAhead | undefined;
  /** Resolves when it is done with; never rejects. */
  readonly letIn: (waiting: Waiting) => Promise<unknown>;
}

/** So many are read ahead before one wait for all of them. */
const BATCH = 16;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const readAll = async (batch: readonly Waiting[], { read, settle }: ReadAhead): Promise<void> => {
  for (const { message } of batch) {
    // What cannot be read is left to Baileys, which tries again and asks for it.
    if (message !== undefined) await read(message).catch(() => undefined);
  }
  await settle();
};

/** Lets in one after the other whoever there is room for; called again while it walks, it goes on with what has come. */
export const createWalk = ({ line, isOpen, readAhead, letIn }: WalkOptions): (() => Promise<void>) => {
  let isWalking = false;

  const nextBatch = (): Waiting[] => {
    // What is handled on a socket that is gone cannot be acknowledged, and would only come again.
    if (!isOpen()) line.clear();
    const batch: Waiting[] = [];
    const size = readAhead === undefined ? 1 : BATCH;
    for (let waiting = line.next(); waiting !== undefined; waiting = line.next()) {
      batch.push(waiting);
      if (batch.length === size) break;
    }
    return batch;
  };

  return async () => {
    if (isWalking) return;
    isWalking = true;
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      if (readAhead !== undefined) await readAll(batch, readAhead);
      for (const waiting of batch) {
        if (!isOpen()) break;
        await letIn(waiting);
        // A long line must not keep timers and orders waiting.
        await nextTurn();
      }
    }
    isWalking = false;
  };
};
