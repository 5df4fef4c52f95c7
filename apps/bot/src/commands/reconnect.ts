import type { CommandContext } from "./command.ts";
import { defineSessionCommand } from "./session/session-command.ts";

/** Not awaited by the command: the old socket ends only when nothing that came over it is still worked on. */
const announce = async ({ clock, reply }: CommandContext, opened: Promise<boolean>): Promise<void> => {
  const beganMs = clock.monotonic();
  if (!(await opened)) return;
  await reply(`I am connected again, after ${((clock.monotonic() - beganMs) / 1000).toFixed(1)} s.`);
};

/** `.reconnect`: a fresh connection to WhatsApp; the bot's process goes on. */
export const reconnect = defineSessionCommand({
  name: "reconnect",
  summary: "Opens a fresh connection to WhatsApp.",
  async run(context) {
    await context.reply("Reconnecting. I tell you when I am back.");
    const { opened } = await context.reconnect("an owner asked for it in the chat");
    // Whether the words arrive is the queue's concern, which logs what it cannot deliver.
    announce(context, opened).catch(() => undefined);
  },
});
