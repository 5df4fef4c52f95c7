import type { Entry } from "./entry.ts";
import { isPending, type NotificationMachineState } from "./notification/state.ts";
import { createSettled, type Retention, type Settled } from "./settled.ts";

/** How many notifications there are, in the words of `outbox.counted`. */
export interface Counts {
  readonly pending: number;
  readonly retrying: number;
  /** Given up, and those that cannot be read. */
  readonly dead: number;
  /** Accepted by the server since this process began. */
  readonly delivered: number;
}

/** So much of what is to be sent is at hand, UTF-8 bytes: it mostly goes at once, and to look it up takes as long as to send it. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** Who is who in the outbox: those that are still to be sent in memory, the others by their numbers. */
export interface Book {
  /** By WhatsApp's message id. */
  readonly live: ReadonlyMap<string, Entry>;
  readonly settled: Settled;
  /** Bytes of the texts that are still to be sent. */
  readonly pendingBytes: number;
  readonly counts: Counts;
  /** Enters one that is still to be sent, and is not known yet. */
  add(entry: Entry): void;
  /** Its state was another one before. */
  changed(entry: Entry, from: NotificationMachineState): void;
  /** One more that cannot be read. */
  addUnreadable(): void;
  /** Keeps no text at hand that is there now. */
  trim(): void;
  /** Those that will be discarded at some moment. */
  readonly expiring: Iterable<Entry>;
}

/** An empty book. */
export const createBook = (retention: Retention): Book => {
  const live = new Map<string, Entry>();
  const settled = createSettled(retention);
  const expiring = new Set<Entry>();
  let pendingBytes = 0;
  let bytesAtHand = 0;
  let retrying = 0;
  let unreadable = 0;
  let delivered = 0;

  const keep = (entry: Entry): void => {
    if (bytesAtHand + entry.textBytes > MAX_TEXT_BYTES) entry.text = undefined;
    else bytesAtHand += entry.textBytes;
  };
  const add = (entry: Entry): void => {
    live.set(entry.messageId, entry);
    pendingBytes += entry.textBytes;
    if (entry.text !== undefined) keep(entry);
    if (entry.state.expiresAt !== null) expiring.add(entry);
    if (entry.state.status === "retryable") retrying += 1;
  };

  const settle = (entry: Entry): void => {
    const { seq, messageId, state } = entry;
    live.delete(messageId);
    expiring.delete(entry);
    pendingBytes -= entry.textBytes;
    if (entry.text !== undefined) bytesAtHand -= entry.textBytes;
    entry.text = undefined;
    settled.add(messageId, { seq, at: state.changedAt, isDead: state.status === "discarded" });
    if (state.status === "sent" || state.status === "delivered") delivered += 1;
  };

  return {
    live,
    settled,
    expiring,
    add,
    changed(entry, from) {
      const { state } = entry;
      if (isPending(from) && isPending(state)) {
        retrying += Number(state.status === "retryable") - Number(from.status === "retryable");
      } else if (isPending(from)) {
        retrying -= Number(from.status === "retryable");
        settle(entry);
      } else {
        settled.remove(entry.messageId);
        if (isPending(state)) add(entry);
        else settled.add(entry.messageId, { seq: entry.seq, at: state.changedAt, isDead: false });
      }
    },
    addUnreadable() {
      unreadable += 1;
    },
    trim() {
      for (const entry of live.values()) entry.text = undefined;
      bytesAtHand = 0;
    },
    get pendingBytes() {
      return pendingBytes;
    },
    get counts() {
      return { pending: live.size - retrying, retrying, dead: settled.deadCount + unreadable, delivered };
    },
  };
};
