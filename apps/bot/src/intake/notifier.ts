import type { Enqueued } from "@blacksky/outbox";
import { notificationIdOf, type Notification } from "@blacksky/protocol";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import { messageSeed } from "./message-seed.ts";

/** What a command wants to have sent; a notification, of which most may be left out. */
export type Wish = Omit<Notification, "priority"> & Partial<Pick<Notification, "priority">>;

/** A notification that was taken, with its id. */
export type Notified = Enqueued & { readonly id: string };

const DEFAULT_PRIORITY = 5;

/**
 * Hands in what the command that answers this message wants to have sent. Without a key of its own a notification gets one
 * from the message and the step: the same work done twice, as after a crash, notifies once.
 */
export const createNotifier = (
  message: IncomingMessage,
  sessionId: string,
  enqueue: (id: string, notification: Notification) => Promise<Enqueued>,
): ((wish: Wish) => Promise<Notified>) => {
  let steps = 0;
  return async (wish) => {
    steps += 1;
    const key = wish.key ?? JSON.stringify(["command", ...messageSeed(message), steps]);
    const id = notificationIdOf(sessionId, key);
    return { id, ...(await enqueue(id, { priority: DEFAULT_PRIORITY, ...wish })) };
  };
};
