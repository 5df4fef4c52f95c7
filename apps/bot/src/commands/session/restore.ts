import { askFirst, readConfirmable } from "./ask-first.ts";
import { findSnapshot } from "./find-snapshot.ts";
import { defineSessionCommand } from "./session-command.ts";
import { formatAge, shortId, type ReadableSnapshot } from "./words.ts";

const describeLoss = ({ position }: ReadableSnapshot, present: number): string =>
  present > position
    ? `It is at position ${String(position)} and the session at ${String(present)}: ${String(present - position)} changes are lost.`
    : `It is at position ${String(position)} and the session at ${String(present)}: they are not of one line.`;

/** `.restore`: puts a snapshot in the place of the session, after a confirmation. */
export const restore = defineSessionCommand({
  name: "restore",
  summary: "Goes back to a snapshot of the session; asks first.",
  async run(context) {
    const { args, bot, clock, reply, session } = context;
    const { subject, code } = readConfirmable(args);
    const [wanted] = subject;
    const list = `${bot.prefix}sessions`;
    if (wanted === undefined || subject.length > 1) {
      await reply(`Say which one: ${bot.prefix}restore and the id of a snapshot. ${list} lists them.`);
      return;
    }
    const snapshot = findSnapshot(await session.listSnapshots(), wanted, list);
    const short = shortId(snapshot.id);
    const confirmed = await askFirst(context, code, {
      act: `restore ${snapshot.id}`,
      again: `restore ${short}`,
      text:
        `Go back to snapshot *${short}*, taken ${formatAge(snapshot.createdAt, clock.now())} (${snapshot.reason})? ` +
        `${describeLoss(snapshot, session.position)} I begin new encryption with the chats that went on, and a pairing made ` +
        "since is undone. What is here now is kept as a snapshot first.",
    });
    if (!confirmed) return;
    await session.restore(snapshot.id);
    await reply(
      `Going back to snapshot *${short}*; I am here again in a few seconds. What was here is kept: see ${list}. ` +
        "Should everything be as before then, the order was lost with the disk: ask again.",
    );
  },
});
