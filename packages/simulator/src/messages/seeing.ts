import type { proto } from "@whiskeysockets/baileys";
import { nowMs } from "../clock.ts";
import type { User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { readContent } from "./content.ts";

/** A decrypted message on its way to a reader's eyes. */
export interface SeenContent {
  id: string;
  author: User;
  /** Phone JID of the other side, or the group's id. */
  chat: string;
  content: proto.IMessage;
}

/**
 * Notes that a phone shows a message, or drops it because it shows one of the same chat, author and id already: what that
 * one says stays. False when there is nothing to show, as in a mere sender key.
 */
export const see = (world: World, reader: User, { id, author, chat, content }: SeenContent): boolean => {
  const read = readContent(content);
  if (read === undefined) return false;
  const shown = reader.seen.add({ id, from: author.jid, chat, ...read, at: nowMs() });
  world.ledger.seen(reader.phone, shown);
  const { from, text, quotedId, count } = shown;
  const quote = quotedId === undefined ? {} : { quotedId };
  world.events.emit("message.seen", { id, by: reader.phone, from, chat, text, count, ...quote });
  world.changed();
  return true;
};
