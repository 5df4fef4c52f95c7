import type { Entry } from "@blacksky/inbox";
import { cleanMessage, decodeMessageNode, proto, unpadRandomMax16 } from "@whiskeysockets/baileys";
import { readIncoming, type IncomingMessage } from "./incoming-message.ts";

/** The bot's own account, by both addresses. */
export interface LinkedAccount {
  readonly id: string;
  readonly lid: string | undefined;
}

/**
 * A message as it was told of when it was read, from what the inbox has of it; `undefined` where no person wrote it, or
 * not all of it was read. Raises what Baileys raises for a stanza that it does not understand.
 */
export const readEntry = ({ attributes, parts }: Entry, me: LinkedAccount): IncomingMessage | undefined => {
  const lid = me.lid ?? "";
  const { fullMessage } = decodeMessageNode({ tag: "message", attrs: { ...attributes } }, me.id, lid);
  for (const { plaintext } of parts) {
    if (plaintext.length === 0) continue;
    const read = proto.Message.decode(unpadRandomMax16(plaintext));
    const content = read.deviceSentMessage?.message ?? read;
    fullMessage.message = fullMessage.message ? Object.assign(fullMessage.message, content) : content;
  }
  cleanMessage(fullMessage, me.id, lid);
  return readIncoming(fullMessage, "append", me);
};
