import { describeError } from "@blacksky/errors";
import { defineCommand, type CommandContext } from "./command.ts";

const roundTrip = async ({ probe }: CommandContext): Promise<string> => {
  try {
    return `${String(Math.round(await probe()))} ms to WhatsApp and back`;
  } catch (error) {
    return describeError(error);
  }
};

/** `.ping`: is the bot there, and how fast? */
export const ping = defineCommand({
  name: "ping",
  summary: "Shows that the bot is there, and how fast it is.",
  async run(context) {
    const { clock, receivedAt } = context;
    const handlingMs = clock.now() - receivedAt;
    await context.reply(`Pong! ${await roundTrip(context)}, ${String(handlingMs)} ms to handle your message.`);
  },
});
