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

/** Notes that a phone shows a message; false when it has nothing to show, as a mere sender key. */
export const see = (world: World, reader: User, { id, author, chat, content }: SeenContent): boolean => {
  const read = readContent(content);
  if (read === undefined) return false;
  const { count } = reader.seen.add({ id, from: author.jid, chat, ...read, at: nowMs() });
  world.ledger.seen(author.jid, id, reader.phone, read);
  world.events.emit("message.seen", { id, by: reader.phone, from: author.jid, chat, text: read.text, count });
  world.changed();
  return true;
};
