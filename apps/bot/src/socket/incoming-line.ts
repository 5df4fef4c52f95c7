import type { BinaryNode } from "@whiskeysockets/baileys";

/** A stanza that has arrived and has not been let in yet. */
export interface Waiting {
  readonly chat: string;
  readonly sender: string;
  readonly handle: () => Promise<unknown>;
  /** The stanza, where it is a message. */
  readonly message?: BinaryNode | undefined;
}

export interface LineLimits {
  /** How much of one chat may be unanswered. */
  readonly perChat: number;
  readonly total: number;
}

/** Stanzas before the gate. */
export interface IncomingLine {
  push(waiting: Waiting): void;
  /** The first that there is room for, if any; it takes up no room until it is told to. */
  next(): Waiting | undefined;
  /** What was let in of this chat takes up room until this is over. */
  occupy(chat: string, work: Promise<unknown>): void;
  clear(): void;
}

/**
 * A line in which a chat that has its fill is passed by, so that one busy chat does not keep the others waiting. What one
 * sender wrote, and what stands in one chat, is never put into another order.
 *
 * @param onRoom called when room has become free
 */
export const createIncomingLine = (limits: LineLimits, onRoom: () => void): IncomingLine => {
  let line: Waiting[] = [];
  const taken = new Map<string, number>();
  let total = 0;

  const change = (chat: string, by: 1 | -1): void => {
    total += by;
    const left = (taken.get(chat) ?? 0) + by;
    if (left === 0) taken.delete(chat);
    else taken.set(chat, left);
  };

  const hasRoom = (chat: string): boolean => total < limits.total && (taken.get(chat) ?? 0) < limits.perChat;

  return {
    push: (waiting) => void line.push(waiting),
    next() {
      if (total >= limits.total) return undefined;
      const passedBy = new Set<string>();
      const index = line.findIndex(({ chat, sender }) => {
        if (hasRoom(chat) && !passedBy.has(chat) && !passedBy.has(sender)) return true;
        passedBy.add(chat).add(sender);
        return false;
      });
      return index === -1 ? undefined : line.splice(index, 1)[0];
    },
    occupy(chat, work) {
      change(chat, 1);
      const leave = (): void => {
        change(chat, -1);
        onRoom();
      };
      work.then(leave, leave);
    },
    clear: () => void (line = []),
  };
};
