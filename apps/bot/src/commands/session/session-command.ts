import { isBlackskyError, describeError } from "@blacksky/errors";
import { defineCommand, type Command, type CommandContext } from "../command.ts";

/**
 * True for an order that waited while the bot was away, or is delivered once more: it may have been carried out already,
 * or nobody may want it any more.
 */
const isGivenEarlier = ({ bot, message }: CommandContext): boolean =>
  message.backlog || message.sentAt < bot.startedAt - 1000;

/** Declares an owner's command about the session: never run late or again, and answered with the words of a refusal. */
export const defineSessionCommand = ({ run, ...command }: Pick<Command, "name" | "summary" | "run">): Command =>
  defineCommand({
    ...command,
    ownerOnly: true,
    async run(context) {
      if (isGivenEarlier(context)) {
        await context.reply("You sent this while I was away, so I did not do it. Send it again if you still want it.");
        return;
      }
      try {
        await run(context);
      } catch (error) {
        if (!isBlackskyError(error)) throw error;
        await context.reply(describeError(error));
      }
    },
  });
