import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import type { FoundPage } from "./accepted.ts";
import type { Book } from "./book.ts";
import type { Entry } from "./entry.ts";
import type { Limits } from "./limits.ts";
import { acceptedAt, inAttempt, isPending } from "./notification/state.ts";
import type { OutboxOptions } from "./options.ts";
import { chatOf } from "./recipient.ts";
import type { NotificationRecord } from "./record.ts";
import { loadNotifications, readAccepted, type AcceptedNote, type Loaded } from "./records.ts";

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
  text: undefined,
  seq,
  state,
});

/** Tells which records lag behind what was noted later. */
const createNotes = (pages: ReadonlyMap<number, readonly AcceptedNote[]>) => {
  const notes = new Map<number, { readonly page: number; readonly note: AcceptedNote }>();
  for (const [page, all] of pages) for (const note of all) notes.set(note.seq, { page, note });
  const entries = new Map(Array.from(pages.keys(), (page): [number, Entry[]] => [page, []]));
  return {
    apply(entry: Entry): void {
      const found = notes.get(entry.seq);
      if (found === undefined || !isPending(entry.state)) return;
      entry.state = acceptedAt(entry.state, found.note.at, found.note.attempts);
      entries.get(found.page)?.push(entry);
    },
    found: (): FoundPage[] => Array.from(entries, ([number, all]) => ({ number, entries: all })),
  };
};

/** What was found: what is still to be sent in its order, and of the rest what is noted and not written. */
export interface LoadedBook extends Loaded {
  readonly pending: readonly Entry[];
  readonly over: readonly Entry[];
  readonly accepted: readonly FoundPage[];
}

/** Enters everything that a store holds. */
export const loadBook = (
  options: Pick<OutboxOptions, "store" | "messageIdOf" | "owner">,
  book: Book,
  log: Logger,
): LoadedBook => {
  const pending: Entry[] = [];
  const over: Entry[] = [];
  const notes = createNotes(readAccepted(options.store));
  const loaded = loadNotifications(options.store, {
    onNotification(seq, record) {
      const entry = entryOf(options, seq, record);
      notes.apply(entry);
      (isPending(entry.state) ? pending : over).push(entry);
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
  return { ...loaded, pending, over, accepted: notes.found() };
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
