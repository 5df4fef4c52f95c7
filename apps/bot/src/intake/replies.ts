import { messageIdFrom } from "../sending/message-id.ts";
import type { SendOutcome } from "../sending/send-queue.ts";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import type { Draft } from "../socket/whatsapp-socket.ts";
import { messageSeed } from "./message-seed.ts";

/** Names what answers, so that whatever else may answer the same message has ids of its own. */
const HANDLER = "commands";

/** The answers to one message. */
export interface Replies {
  /** Answers in the same chat, quoting the message. Resolves when the server has the answer, or it was given up. */
  reply(text: string): Promise<SendOutcome>;
  /** Resolves once all that were given are settled: true when each was accepted, or refused for good. */
  settled(): Promise<boolean>;
}

const isFinal = (outcome: PromiseSettledResult<SendOutcome>): boolean =>
  outcome.status === "fulfilled" &&
  outcome.value.status !== "unacknowledged" &&
  !(outcome.value.status === "refused" && outcome.value.code === "queue.full");

/**
 * Answers whose ids follow from the message, the handler and the step: the same work done twice, as after a crash, gives the
 * same ids, and recipients show one id once.
 */
export const createReplies = (message: IncomingMessage, send: (draft: Draft) => Promise<SendOutcome>): Replies => {
  const given: Promise<SendOutcome>[] = [];
  return {
    reply(text) {
      const outcome = send({
        id: messageIdFrom([...messageSeed(message), HANDLER, String(given.length + 1)]),
        chat: message.chat,
        text,
        quoted: message.quotable,
        disappearsAfterS: message.disappearsAfterS,
      });
      given.push(outcome);
      return outcome;
    },
    async settled() {
      let count = 0;
      let outcomes: PromiseSettledResult<SendOutcome>[] = [];
      while (count < given.length) {
        count = given.length;
        outcomes = await Promise.allSettled(given);
      }
      return outcomes.every(isFinal);
    },
  };
};
