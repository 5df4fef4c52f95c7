import { describeError } from "@blacksky/errors";
import type { Inbox } from "@blacksky/inbox";
import { createBoundedMap } from "../bounded-map.ts";
import { parseCommand } from "../commands/parse.ts";
import { createLanes } from "../lanes.ts";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import { createAnswerer, type AnswerOptions } from "./answer-command.ts";
import { messageSeed } from "./message-seed.ts";
import { createReplies } from "./replies.ts";

/** The same message may come under either address of its author; soon after one another, if so. */
const SEEN_LIMIT = 5000;

/** Takes messages and answers the commands in them, those of one chat in their order, each once. */
export interface Intake {
  /** Resolves when nothing is left to do for the message now; a failure is logged. */
  receive(message: IncomingMessage): Promise<void>;
  /** Says that nothing came of it; true when that was accepted, or refused for good. */
  apologise(message: IncomingMessage): Promise<boolean>;
  /** How many commands run or wait. */
  readonly size: number;
}

export interface IntakeOptions extends AnswerOptions {
  readonly inbox: Pick<Inbox, "take" | "complete" | "snooze">;
}

/** An intake that has seen nothing yet but what is in the inbox. */
export const createIntake = (options: IntakeOptions): Intake => {
  const { bot, clock, log, inbox, send } = options;
  const answer = createAnswerer(options);
  const lanes = createLanes();
  const seen = createBoundedMap<string>(SEEN_LIMIT);

  /** True where it came before by another name. */
  const isKnown = (message: IncomingMessage): boolean => {
    const key = messageSeed(message).join("|");
    const entry = seen.get(key);
    seen.set(key, entry ?? message.entry);
    return entry !== undefined && entry !== message.entry;
  };

  return {
    async receive(message) {
      const { entry, chat, text } = message;
      if (!inbox.take(entry)) return;
      const parsed = parseCommand(text, bot.prefix);
      if (parsed === undefined || isKnown(message)) return inbox.complete(entry);
      const receivedAt = clock.now();
      try {
        const isDone = await lanes.run(chat, () => answer(message, parsed, receivedAt));
        if (isDone) inbox.complete(entry);
        else inbox.snooze(entry);
      } catch (error) {
        log.error(`A message was not answered: ${describeError(error)}`, { error });
        inbox.snooze(entry);
      }
    },
    async apologise(message) {
      if (parseCommand(message.text, bot.prefix) === undefined) return true;
      const text = "Something went wrong with that command each time I tried. The log says more.";
      const replies = createReplies(message, send);
      void replies.reply(text).catch(() => undefined);
      return replies.settled();
    },
    get size() {
      return lanes.size;
    },
  };
};
