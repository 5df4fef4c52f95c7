import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { outbox as messages } from "@blacksky/protocol";
import type { Outbox } from "@blacksky/outbox";

const notHere = (): BlackskyError =>
  new BlackskyError(
    "outbox.notHere",
    "The notification was not taken: this bot does not hold the lease on the session.",
    {
      hint: "Hand it in again; whoever holds it takes it.",
    },
  );

/**
 * Takes what others hand in. Not without the lease: what this store holds then is nobody's, and would be lost.
 *
 * @param hasLease whether this process speaks for the session now
 */
export const serveOutbox = (channel: Pick<Channel, "handle">, outbox: Outbox, hasLease: () => boolean): void => {
  channel.handle(messages.enqueue, ({ id, notification }) => {
    if (!hasLease()) throw notHere();
    return outbox.enqueue(id, notification);
  });
  channel.handle(messages.read, ({ id }) => ({ status: outbox.read(id) }));
};
