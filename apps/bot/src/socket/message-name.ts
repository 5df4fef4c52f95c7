import type { MessageName } from "@blacksky/inbox";
import { formatJid, jidKind, LID_SERVER, parseJid, USER_SERVER } from "@blacksky/whatsapp";
import type { BinaryNode, WAMessageKey } from "@whiskeysockets/baileys";

/** Without the device, and under one server for each kind of address, as Baileys has them in its events. */
const plain = (text: string): string => {
  const jid = parseJid(text);
  if (jid === undefined) return text;
  const kind = jidKind(text);
  const servers = { user: USER_SERVER, lid: LID_SERVER } as const;
  return formatJid({ user: jid.user, server: kind === "user" || kind === "lid" ? servers[kind] : jid.server });
};

/** The name of the message in a stanza. `recipient`: the bot's own account wrote it on another device. */
export const nameOfStanza = ({ id = "", from = "", recipient, participant }: BinaryNode["attrs"]): MessageName => ({
  chat: plain(recipient ?? from),
  participant: participant === undefined ? undefined : plain(participant),
  id,
});

/** The name of a message as Baileys tells of it. */
export const nameOfMessage = ({ id, remoteJid, participant }: WAMessageKey): MessageName => ({
  chat: plain(remoteJid ?? ""),
  participant: participant === null || participant === undefined || participant === "" ? undefined : plain(participant),
  id: id ?? "",
});
