import type { Notification, NotificationStatus } from "@blacksky/protocol";
import type { Engine } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Entry } from "./entry.ts";
import { newNotification } from "./notification/state.ts";
import { outboxClosed, outboxFull, ownerUnknown } from "./outbox-errors.ts";
import { chatOf, OWNER, readRecipient } from "./recipient.ts";
import { statusOf } from "./status.ts";

/** What became of a notification that was handed in; `isNew` is false where its id was known already. */
export interface Enqueued {
  readonly isNew: boolean;
  readonly status: NotificationStatus;
}

/** Takes notifications in. */
export interface Intake {
  /** @param find the one with this message id, if it is known */
  enqueue(id: string, notification: Notification, find: (messageId: string) => Entry | undefined): Promise<Enqueued>;
  /** Takes nothing more. */
  close(): void;
}

/** Nothing is being taken in at first. */
export const createIntake = ({ options, capacity, book, journal }: EngineParts, engine: Engine): Intake => {
  const { clock, messageIdOf, owner } = options;
  /** Those of which the commit is awaited, by message id. */
  const entering = new Map<string, { readonly entry: Entry; readonly committed: Promise<void> }>();
  let enteringBytes = 0;
  let isClosed = false;

  const checkRoom = (bytes: number): void => {
    const { maxPending, maxPendingBytes } = capacity;
    if (book.live.size + entering.size >= maxPending) {
      throw outboxFull(`${String(maxPending)} notifications wait to be sent`);
    }
    if (book.pendingBytes + enteringBytes + bytes > maxPendingBytes) {
      throw outboxFull(`the notifications that wait to be sent have ${String(maxPendingBytes)} bytes`);
    }
  };

  const newEntry = (id: string, messageId: string, notification: Notification, textBytes: number): Entry => {
    const to = readRecipient(notification.to);
    if (to === OWNER && owner === undefined) throw ownerUnknown();
    const { priority, notBefore, expiresAt } = notification;
    const createdAt = clock.now();
    const state = newNotification(createdAt, notBefore, expiresAt);
    const chat = chatOf(to, owner);
    return { id, messageId, to, chat, priority, createdAt, textBytes, seq: journal.nextSeq(), state };
  };

  const enter = async (entry: Entry, text: Uint8Array): Promise<void> => {
    enteringBytes += text.length;
    try {
      await journal.save(entry, text);
      book.add(entry);
    } finally {
      entering.delete(entry.messageId);
      enteringBytes -= text.length;
    }
    engine.admit(entry);
    options.onCounts();
    engine.go();
  };

  return {
    async enqueue(id, notification, find) {
      const messageId = messageIdOf(id);
      const known = find(messageId);
      if (known !== undefined) return { isNew: false, status: statusOf(known) };
      const other = entering.get(messageId);
      if (other !== undefined) {
        await other.committed;
        return { isNew: false, status: statusOf(other.entry) };
      }
      if (isClosed || journal.hasFailed) throw outboxClosed();
      const text = Buffer.from(notification.text, "utf8");
      checkRoom(text.length);
      const entry = newEntry(id, messageId, notification, text.length);
      const committed = enter(entry, text);
      entering.set(messageId, { entry, committed });
      await committed;
      return { isNew: true, status: statusOf(entry) };
    },
    close() {
      isClosed = true;
    },
  };
};
