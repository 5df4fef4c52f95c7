import type { SnapshotList } from "@blacksky/protocol";
import { defineSessionCommand } from "./session-command.ts";
import { formatAge, formatBytes, formatPlaces, shortId, type ReadableSnapshot } from "./words.ts";

const SHOWN = 10;

const line = (now: number, { id, createdAt, reason, position, bytes, places }: ReadableSnapshot): string =>
  `*${shortId(id)}* ${formatAge(createdAt, now)}: ${reason}\n` +
  `   position ${String(position)}, ${formatBytes(bytes)}, ${formatPlaces(places)}`;

const notes = ({ snapshots, unread }: SnapshotList, readable: readonly ReadableSnapshot[]): string[] => {
  const older = readable.length - SHOWN;
  const damaged = snapshots.length - readable.length;
  return [
    ...(older > 0 ? [`${String(older)} older ones are not shown.`] : []),
    ...(damaged > 0 ? [`${String(damaged)} snapshots are damaged.`] : []),
    ...(unread.length > 0 ? [`What is ${formatPlaces(unread)} cannot be read now.`] : []),
  ];
};

/** `.sessions`: which snapshots there are, and how far the session has come since. */
export const sessions = defineSessionCommand({
  name: "sessions",
  summary: "Lists the newest snapshots of the session.",
  async run({ bot, clock, reply, session }) {
    const list = await session.listSnapshots();
    const readable = list.snapshots.filter((one) => one.readable);
    const lines = readable.slice(0, SHOWN).map((one) => line(clock.now(), one));
    await reply(
      [
        `The session is at position ${String(session.position)}.`,
        ...(lines.length === 0 ? ["There is no snapshot of it yet."] : lines),
        ...notes(list, readable),
        ...(lines.length === 0 ? [] : [`Go back to one with ${bot.prefix}restore and its id.`]),
      ].join("\n"),
    );
  },
});
