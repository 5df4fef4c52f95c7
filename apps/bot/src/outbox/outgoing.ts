import type { Counts, Outbox, Restriction } from "@blacksky/outbox";
import type { Sender } from "@blacksky/whatsapp";
import type { SendQueue } from "../sending/send-queue.ts";
import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import { carrierOf, type CarrierOptions } from "./carrier.ts";

/**
 * Everything that leaves the bot: answers, in the send queue, and what it sends by itself, in the outbox. They share the
 * socket and the server's word, and nothing else: nobody who has asked for something waits for what the bot has to say.
 */
export interface Outgoing {
  opened(socket: WhatsAppSocket): void;
  closed(): void;
  acknowledged(id: string, refusal: string | undefined): void;
  delivered(ids: readonly string[]): void;
  /** Somebody has written to us. */
  heard(sender: Sender): void;
  restricted(restriction: Restriction): void;
  /** Of both together. */
  readonly counts: Counts;
  /** How many messages are on their way, or are to be sent while somebody waits for them. */
  readonly underWay: Pick<Counts, "pending" | "retrying">;
  /** Whether nothing is under way that could still get through. */
  readonly quiet: boolean;
  /** Begins nothing more, and gives up what waits for a connection and would be lost with this process. */
  lock(): void;
}

export interface OutgoingOptions {
  readonly queue: SendQueue;
  readonly outbox: Outbox;
  readonly remember: CarrierOptions["remember"];
}

/** Both ways out, closed at first. */
export const createOutgoing = ({ queue, outbox, remember }: OutgoingOptions): Outgoing => {
  let current: WhatsAppSocket | undefined;
  return {
    opened(socket) {
      current = socket;
      queue.opened(socket);
      const onRefused = (id: string, code: string): void => outbox.acknowledged(id, code);
      const onGone = (): void => {
        if (current === socket) outbox.closed();
      };
      outbox.opened(carrierOf(socket, { remember, onRefused, onGone }));
    },
    closed() {
      current = undefined;
      queue.closed();
      outbox.closed();
    },
    acknowledged(id, refusal) {
      queue.acknowledged(id, refusal);
      outbox.acknowledged(id, refusal);
    },
    delivered: (ids) => outbox.delivered(ids),
    heard({ pn, lid }) {
      if (pn !== undefined) outbox.heard(pn);
      if (lid !== undefined) outbox.heard(lid);
    },
    restricted: (restriction) => outbox.restricted(restriction),
    get counts() {
      const [answers, notifications] = [queue.counts, outbox.counts];
      return {
        pending: answers.pending + notifications.pending,
        retrying: answers.retrying + notifications.retrying,
        dead: answers.dead + notifications.dead,
        delivered: answers.delivered + notifications.delivered,
      };
    },
    get underWay() {
      const { pending, retrying } = queue.counts;
      return { pending: pending + outbox.inFlight, retrying };
    },
    get quiet() {
      return queue.quiet && outbox.inFlight === 0;
    },
    lock() {
      queue.lock();
      outbox.halt();
    },
  };
};
