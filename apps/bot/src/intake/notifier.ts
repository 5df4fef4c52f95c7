import type { Enqueued, Handed } from "@blacksky/outbox";
import { notificationIdOf, type Notification } from "@blacksky/protocol";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import { messageSeed } from "./message-seed.ts";

/** What a command wants to have sent; a notification, of which most may be left out. */
export type Wish = Omit<Notification, "priority"> & Partial<Pick<Notification, "priority">>;

/** A notification that was taken, with its id. */
export type Notified = Enqueued & { readonly id: string };

const DEFAULT_PRIORITY = 5;

/** What a command has sent with. */
export interface Notifier {
  readonly notify: (wish: Wish) => Promise<Notified>;
  /** All of them, or none where one is refused. */
  readonly notifyAll: (wishes: readonly Wish[]) => Promise<Notified[]>;
}

/**
 * Hands in what the command that answers this message wants to have sent. Without a key of its own a notification gets one
 * from the message and the step: the same work done twice, as after a crash, notifies once.
 */
export const createNotifier = (
  message: IncomingMessage,
  sessionId: string,
  enqueueAll: (handed: readonly Handed[]) => Promise<Enqueued[]>,
): Notifier => {
  let steps = 0;
  const handedFor = (wish: Wish): Handed => {
    steps += 1;
    const key = wish.key ?? JSON.stringify(["command", ...messageSeed(message), steps]);
    return { id: notificationIdOf(sessionId, key), notification: { priority: DEFAULT_PRIORITY, ...wish } };
  };
  const notifyAll = async (wishes: readonly Wish[]): Promise<Notified[]> => {
    const handed = wishes.map(handedFor);
    const enqueued = await enqueueAll(handed);
    return enqueued.map((one) => ({ id: one.status.id, ...one }));
  };
  return {
    async notify(wish) {
      const [notified] = await notifyAll([wish]);
      return notified as Notified;
    },
    notifyAll,
  };
};
