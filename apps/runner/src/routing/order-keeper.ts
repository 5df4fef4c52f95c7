import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { outbox } from "@blacksky/protocol";
import { parseRecipient } from "@blacksky/whatsapp";
import type * as z from "zod";
import type { News } from "../health/news.ts";
import type { FindChannel } from "./route-messages.ts";

type Left = z.output<typeof outbox.leave.reply>;

/**
 * Keeps what was left in PostgreSQL before what is given to the bot itself: one chat gets its notifications in the order
 * in which they were accepted here, also when the bot was away for the first of them.
 */
export interface OrderKeeper {
  /** Leaves one with the backup worker; throws what it throws, and `ipc.noReceiver` without one. */
  leave(body: z.input<typeof outbox.leave.body>, deadline: { readonly deadlineMs: number }): Promise<Left>;
  /**
   * Whether another one may go to the bot directly. Has the bot take first what may still lie in PostgreSQL; false where
   * that did not work out in time.
   */
  isKept(): Promise<boolean>;
  /** Whether something for this chat lies there: what comes after it must not go before it, even if nobody can take it now. */
  isBehind(to: string): boolean;
}

/** Some hundred notifications; more of them take the long way once again. */
const HAND_OVER_DEADLINE = { deadlineMs: 5_000 };

/** One chat under one name, as far as that can be said here. */
const chatOf = (to: string): string => {
  const recipient = parseRecipient(to);
  return recipient?.kind === "jid" ? recipient.jid : to;
};

/** Without a database in sight nothing can be had from there, so whatever has nothing to wait for goes on without it. */
export const createOrderKeeper = (find: FindChannel, news: Pick<News, "session">): OrderKeeper => {
  let left = 0;
  /** By chat: the number of the newest that was accepted there. */
  const lying = new Map<string, number>();
  /** Up to what, and under which lease, the bot has everything. Each lease may find what others have left. */
  let handedOver = { left: -1, epoch: -1 };

  const worker = (): Channel => {
    const channel = find("backup");
    if (channel !== undefined) return channel;
    throw new BlackskyError("ipc.noReceiver", "Nothing was left in the database: the backup worker is not running.");
  };

  return {
    async leave(body, deadline) {
      try {
        const taken = await worker().request(outbox.leave, body, deadline);
        // What was not accepted has no place in any order yet.
        lying.set(chatOf(body.notification.to), left + 1);
        return taken;
      } finally {
        // Also where the reply was lost.
        left += 1;
      }
    },
    async isKept() {
      if (news.session?.databaseConnected !== true) return true;
      const upTo = { left, epoch: news.session.lease.epoch };
      if (handedOver.left === upTo.left && handedOver.epoch === upTo.epoch) return true;
      try {
        await worker().request(outbox.handOver, {}, HAND_OVER_DEADLINE);
        handedOver = upTo;
        for (const [chat, number] of lying) if (number <= upTo.left) lying.delete(chat);
        return true;
      } catch {
        return false;
      }
    },
    isBehind: (to) => lying.has(chatOf(to)),
  };
};
