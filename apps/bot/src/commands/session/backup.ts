import { defineSessionCommand } from "./session-command.ts";
import { formatBytes, formatPlaces, shortId } from "./words.ts";

/** `.backup`: takes a snapshot of the session now. */
export const backup = defineSessionCommand({
  name: "backup",
  summary: "Takes a snapshot of the session.",
  async run({ reply, session }) {
    const { id, recordCount, bytes, places } = await session.takeSnapshot("asked for in the chat");
    const size = `${String(recordCount)} records, ${formatBytes(bytes)}`;
    await reply(`Snapshot *${shortId(id)}* is taken: ${size}, kept ${formatPlaces(places)}.\n${id}`);
  },
});
