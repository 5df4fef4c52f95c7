import { describeError } from "@blacksky/errors";
import { createBoundedMap } from "../bounded-map.ts";
import { parseCommand } from "../commands/parse.ts";
import { createLanes } from "../lanes.ts";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import { createAnswerer, type AnswerOptions } from "./answer-command.ts";
import { messageSeed } from "./message-seed.ts";

/** Repeats come soon: after a reconnect, or when we asked for a message we could not decrypt. */
const SEEN_LIMIT = 5000;

/** Takes messages and answers the commands in them, those of one chat in their order, each once. */
export interface Intake {
  /** Resolves when nothing is left to do for the message; a failure is logged. */
  receive(message: IncomingMessage): Promise<void>;
  /** How many commands run or wait. */
  readonly size: number;
}

/** An intake that has seen nothing yet. */
export const createIntake = (options: AnswerOptions): Intake => {
  const { bot, clock, log } = options;
  const answer = createAnswerer(options);
  const lanes = createLanes();
  const seen = createBoundedMap<true>(SEEN_LIMIT);
  return {
    async receive(message) {
      const parsed = parseCommand(message.text, bot.prefix);
      if (parsed === undefined) return;
      const key = messageSeed(message).join("|");
      if (seen.get(key) === true) return;
      seen.set(key, true);
      const receivedAt = clock.now();
      try {
        await lanes.run(message.chat, () => answer(message, parsed, receivedAt));
      } catch (error) {
        log.error(`A message was not answered: ${describeError(error)}`, { error });
      }
    },
    get size() {
      return lanes.size;
    },
  };
};
