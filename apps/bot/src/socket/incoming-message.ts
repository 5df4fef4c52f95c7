import { entryId } from "@blacksky/inbox";
import { bareJid, jidKind, type Sender } from "@blacksky/whatsapp";
import { getContentType, toNumber, type MessageUpsertType, type WAMessage } from "@whiskeysockets/baileys";
import { nameOfMessage } from "./message-name.ts";
import { disappearsAfterS, messageText, unwrapMessage } from "./message-text.ts";

/** A received message as Baileys wants it back to quote it. Opaque outside this folder. */
export type QuotableMessage = WAMessage;

/** A message that a person wrote, without WhatsApp's envelopes. */
export interface IncomingMessage {
  readonly id: string;
  /** What it is called in the inbox. */
  readonly entry: string;
  /** Where an answer goes. */
  readonly chat: string;
  readonly kind: "private" | "group";
  readonly sender: Sender;
  /** Written on another device of the bot's own account. */
  readonly fromMe: boolean;
  readonly text: string;
  /** Epoch milliseconds, to the second, on the server's clock. */
  readonly sentAt: number;
  /** It waited at the server while the bot was away. */
  readonly backlog: boolean;
  readonly disappearsAfterS: number;
  readonly quotable: QuotableMessage;
}

/** The bot's own account, by both addresses. */
export interface OwnAccount {
  readonly id?: string | undefined;
  readonly lid?: string | undefined;
}

const senderOf = (jids: readonly (string | null | undefined)[]): Sender => {
  const known = jids.filter((jid): jid is string => typeof jid === "string" && jid !== "");
  const pn = known.find((jid) => jidKind(jid) === "user");
  const lid = known.find((jid) => jidKind(jid) === "lid");
  return { pn: pn && bareJid(pn), lid: lid && bareJid(lid) };
};

/**
 * Reads what `messages.upsert` brought. `undefined` for what no person wrote to us: protocol messages, status posts,
 * channels, keys of groups, and placeholders of messages that could not be decrypted yet (they come again).
 *
 * @param type `append` is the backlog after a reconnect, `notify` is live
 */
export const readIncoming = (
  message: WAMessage,
  type: MessageUpsertType,
  me: OwnAccount,
): IncomingMessage | undefined => {
  const { key } = message;
  const chat = key.remoteJid;
  const content = unwrapMessage(message.message);
  // A group's key alone has no type: what was sealed with it is still to be read.
  if (content === undefined || getContentType(content) === undefined) return undefined;
  if (typeof chat !== "string" || typeof key.id !== "string") return undefined;
  if (content.protocolMessage || message.messageStubType || message.category === "peer") return undefined;
  const where = jidKind(chat);
  if (where !== "user" && where !== "lid" && where !== "group") return undefined;
  const fromMe = key.fromMe === true;
  const theirs = where === "group" ? [key.participant, key.participantAlt] : [chat, key.remoteJidAlt];
  return {
    id: key.id,
    entry: entryId(nameOfMessage(key)),
    chat,
    kind: where === "group" ? "group" : "private",
    sender: senderOf(fromMe ? [me.id, me.lid] : theirs),
    fromMe,
    text: messageText(content),
    sentAt: toNumber(message.messageTimestamp) * 1000,
    backlog: type === "append",
    disappearsAfterS: disappearsAfterS(content),
    quotable: message,
  };
};
