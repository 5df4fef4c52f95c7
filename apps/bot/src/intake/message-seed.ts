import type { IncomingMessage } from "../socket/incoming-message.ts";

/**
 * What tells one message from every other: chat, sender, id. In a private chat the sender is the chat, which may be
 * shown by either address; the LID wins because it is the one that does not change.
 */
export const messageSeed = ({ kind, chat, sender, id }: IncomingMessage): readonly [string, string, string] => [
  kind === "group" ? chat : "private",
  sender.lid ?? sender.pn ?? chat,
  id,
];
