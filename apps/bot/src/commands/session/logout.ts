import { askFirst, readConfirmable } from "./ask-first.ts";
import { defineSessionCommand } from "./session-command.ts";
import { shortId } from "./words.ts";

/** `.logout`: unlinks the bot from the phone, after a confirmation and a snapshot. */
export const logout = defineSessionCommand({
  name: "logout",
  summary: "Unlinks the bot from the phone; asks first.",
  async run(context) {
    const { args, reply, session } = context;
    const { code } = readConfirmable(args);
    const confirmed = await askFirst(context, code, {
      act: "logout",
      again: "logout",
      text:
        "Log out? WhatsApp unlinks me from the phone, and I answer nobody until I am paired again, on the page /pair. The " +
        "session goes into the archive and a snapshot is taken, but neither brings the link back.",
    });
    if (!confirmed) return;
    session.checkLogOut();
    const { id } = await session.takeSnapshot("before logout");
    await reply(`Logging out. Snapshot *${shortId(id)}* is taken. Pair me again on the page /pair.`);
    await session.logOut();
  },
});
