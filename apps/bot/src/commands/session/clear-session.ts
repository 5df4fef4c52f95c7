import { askFirst, readConfirmable } from "./ask-first.ts";
import { defineSessionCommand } from "./session-command.ts";
import { formatPlaces } from "./words.ts";

/** `.clearsession`: puts the session aside for a fresh start, after a confirmation and a snapshot. */
export const clearSession = defineSessionCommand({
  name: "clearsession",
  summary: "Puts the session aside for a fresh start; asks first.",
  async run(context) {
    const { args, reply, session } = context;
    const { code } = readConfirmable(args);
    const confirmed = await askFirst(context, code, {
      act: "clearsession",
      again: "clearsession",
      text:
        "Put this session aside and begin a new one? I answer nobody until I am paired again, on the page /pair, and " +
        "WhatsApp may not let you pair again. It is not told: your phone shows the old link until you remove it there. A " +
        "snapshot is taken first; as long as the old link is there, restoring it brings this session back.",
    });
    if (!confirmed) return;
    const { id, places } = await session.takeSnapshot("before clearing");
    await reply(
      "The session is put aside; pair me again on the page /pair. To have it back, restore this snapshot, which is " +
        `${formatPlaces(places)}, with POST /api/actions/restore, or with the command restore once I am paired:\n${id}`,
    );
    await session.clear();
  },
});
