import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import type { Book } from "./book.ts";
import type { Entry } from "./entry.ts";
import type { Limits } from "./limits.ts";
import { inAttempt, isPending } from "./notification/state.ts";
import type { OutboxOptions } from "./options.ts";
import { chatOf } from "./recipient.ts";
import type { NotificationRecord } from "./record.ts";
import { loadNotifications, type Loaded } from "./records.ts";

/** So many of the last sends are enough to know how full the buckets are. */
const RECENT_COUNT = 100;
/** No bucket takes longer to fill. */
const RECENT_MS = 30 * 60_000;

/** A notification of the store as it is held in memory. */
export const entryOf = (
  { messageIdOf, owner }: Pick<OutboxOptions, "messageIdOf" | "owner">,
  seq: number,
  { id, to, priority, createdAt, state, text }: NotificationRecord,
): Entry => ({
  id,
  messageId: messageIdOf(id),
  to,
  chat: chatOf(to, owner),
  priority,
  createdAt,
  textBytes: text.length,
  seq,
  state,
});

/** Enters everything that a store holds; what is still to be sent comes back in its order. */
export const loadBook = (
  options: Pick<OutboxOptions, "store" | "messageIdOf" | "owner">,
  book: Book,
  log: Logger,
): Loaded & { readonly pending: readonly Entry[]; readonly over: readonly Entry[] } => {
  const pending: Entry[] = [];
  const over: Entry[] = [];
  const loaded = loadNotifications(options.store, {
    onNotification(seq, record) {
      (isPending(record.state) ? pending : over).push(entryOf(options, seq, record));
    },
    onUnreadable(error) {
      book.addUnreadable();
      log.error("A notification in the store cannot be read. It is left as it is, and counted as given up.", { error });
    },
  });
  for (const entry of pending) {
    const { state, seq } = entry;
    const isWaiting = state.status === "available" || state.status === "retryable";
    if (isWaiting && loaded.underWay.has(seq)) entry.state = inAttempt(state);
    book.add(entry);
  }
  over.sort((one, other) => one.state.changedAt - other.state.changedAt);
  for (const { messageId, seq, state } of over) {
    book.settled.add(messageId, { seq, at: state.changedAt, isDead: state.status === "discarded" });
  }
  return { ...loaded, pending, over };
};

/** What the process before this one has sent counts against the limits: a number is not banned by restarts. */
export const spendRecent = (
  limits: Limits,
  isStranger: (chat: string) => boolean,
  over: readonly Entry[],
  clock: Clock,
): void => {
  for (const { chat, state } of over.slice(-RECENT_COUNT)) {
    const agoMs = Math.max(0, clock.now() - state.changedAt);
    const wasSent = state.status === "sent" || state.status === "delivered";
    if (wasSent && agoMs < RECENT_MS) limits.take(chat, isStranger(chat), clock.monotonic() - agoMs);
  }
};
