import { defineCommand } from "./command.ts";

/** `.restart`: starts the bot's process anew; the others go on. */
export const restart = defineCommand({
  name: "restart",
  summary: "Starts the bot anew.",
  ownerOnly: true,
  async run({ bot, message, reply, requestRestart }) {
    // Delivered late or twice, the order would be carried out again and again.
    if (message.sentAt < bot.startedAt - 1000) {
      await reply("I have been started since you asked; nothing to do.");
      return;
    }
    await reply("Restarting. I am back in a few seconds.");
    requestRestart("an owner asked for it in the chat");
  },
});
