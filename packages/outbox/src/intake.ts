import type { Notification, NotificationStatus } from "@blacksky/protocol";
import type { Engine } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Entry } from "./entry.ts";
import type { NewEntry } from "./journal.ts";
import { newNotification } from "./notification/state.ts";
import { outboxClosed, outboxFull, ownerUnknown } from "./outbox-errors.ts";
import { chatOf, OWNER, readRecipient } from "./recipient.ts";
import { statusOf } from "./status.ts";

/** What became of a notification that was handed in; `isNew` is false where its id was known already. */
export interface Enqueued {
  readonly isNew: boolean;
  readonly status: NotificationStatus;
}

/** What is handed in, and its id. */
export interface Handed {
  readonly id: string;
  readonly notification: Notification;
}

/** Takes notifications in. */
export interface Intake {
  /**
   * All of them, with one commit, or none.
   *
   * @param find the one with this message id, if it is known
   */
  enqueueAll(handed: readonly Handed[], find: (messageId: string) => Entry | undefined): Promise<Enqueued[]>;
  /** Takes nothing more. */
  close(): void;
}

const sumOf = (fresh: Iterable<NewEntry>): number => {
  let bytes = 0;
  for (const { text } of fresh) bytes += text.length;
  return bytes;
};

/** What is handed in as it will be held; its text goes into the store with it. */
const newEntryOf =
  ({ options: { clock, owner }, journal }: EngineParts) =>
  ({ id, notification }: Handed, messageId: string): NewEntry => {
    const to = readRecipient(notification.to);
    if (to === OWNER && owner === undefined) throw ownerUnknown();
    const { priority, notBefore, expiresAt } = notification;
    const text = Buffer.from(notification.text, "utf8");
    const createdAt = clock.now();
    const state = newNotification(createdAt, notBefore, expiresAt);
    const known = { id, messageId, to, chat: chatOf(to, owner), priority, createdAt, state };
    return { entry: { ...known, textBytes: text.length, text: notification.text, seq: journal.nextSeq() }, text };
  };

/** Nothing is being taken in at first. */
export const createIntake = (parts: EngineParts, engine: Engine): Intake => {
  const { options, capacity, book, journal } = parts;
  const newEntry = newEntryOf(parts);
  /** Those of which the commit is awaited, by message id. */
  const entering = new Map<string, { readonly entry: Entry; readonly committed: Promise<void> }>();
  let enteringBytes = 0;
  let isClosed = false;

  const checkRoom = (fresh: ReadonlyMap<string, NewEntry>): void => {
    const { maxPending, maxPendingBytes } = capacity;
    if (book.live.size + entering.size + fresh.size > maxPending) {
      throw outboxFull(`${String(maxPending)} notifications wait to be sent`);
    }
    if (book.pendingBytes + enteringBytes + sumOf(fresh.values()) > maxPendingBytes) {
      throw outboxFull(`the notifications that wait to be sent have ${String(maxPendingBytes)} bytes`);
    }
  };

  const enter = async (fresh: ReadonlyMap<string, NewEntry>): Promise<void> => {
    const all = [...fresh.values()];
    const bytes = sumOf(all);
    enteringBytes += bytes;
    try {
      await journal.enter(all);
      for (const { entry } of all) book.add(entry);
    } finally {
      for (const messageId of fresh.keys()) entering.delete(messageId);
      enteringBytes -= bytes;
    }
    for (const { entry } of all) engine.admit(entry);
    options.onCounts();
    engine.go();
  };

  return {
    async enqueueAll(handed, find) {
      const fresh = new Map<string, NewEntry>();
      const others: Promise<void>[] = [];
      const taken = handed.map((one) => {
        const messageId = options.messageIdOf(one.id);
        const other = entering.get(messageId);
        if (other !== undefined) others.push(other.committed);
        const known = find(messageId) ?? other?.entry ?? fresh.get(messageId)?.entry;
        if (known !== undefined) return { entry: known, isNew: false };
        if (isClosed || journal.hasFailed) throw outboxClosed();
        const made = newEntry(one, messageId);
        fresh.set(messageId, made);
        return { entry: made.entry, isNew: true };
      });
      checkRoom(fresh);
      if (fresh.size > 0) {
        const committed = enter(fresh);
        for (const [messageId, { entry }] of fresh) entering.set(messageId, { entry, committed });
        await committed;
      }
      await Promise.all(others);
      return taken.map(({ entry, isNew }) => ({ isNew, status: statusOf(entry) }));
    },
    close() {
      isClosed = true;
    },
  };
};
