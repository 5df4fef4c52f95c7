import { nowSeconds } from "../clock.ts";
import type { Ciphertext } from "../signal/endpoint.ts";
import { stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import type { GroupRecord } from "../world/directory.ts";
import type { User } from "../world/user.ts";

const ENC_VERSION = "2";

/** Who writes, from which of his devices (0 is the phone). */
export interface Author {
  user: User;
  device: number;
}

/** `<enc>`; with `count` it is the answer to that many retry receipts. */
export const encStanza = ({ type, bytes }: Ciphertext, retryCount?: number): Stanza =>
  stanza("enc", { v: ENC_VERSION, type, count: retryCount?.toString() }, bytes);

interface MessageOptions {
  id: string;
  author: Author;
  /** Seconds since the epoch; when the message was written, which a replay does not change. */
  sentAt: number;
  content: Stanza[];
}

const withDevice = (jid: string, device: number): string => (device === 0 ? jid : jid.replace("@", `:${device}@`));

/** A message of a 1:1 chat, as the receiving client gets it; the author's addressing decides its form. */
export const directMessage = (options: MessageOptions & { addressing?: string }): Stanza => {
  const { user, device } = options.author;
  const addressing = options.addressing ?? user.addressing;
  const from =
    addressing === "lid"
      ? { from: withDevice(user.lid, device), sender_pn: user.jid, addressing_mode: "lid" }
      : { from: withDevice(user.jid, device), sender_lid: user.lid };
  return stanza("message", { ...from, ...commonAttributes(options) }, options.content);
};

/** What the owner's phone wrote to somebody, as his linked devices get it. */
export const ownMessage = (options: MessageOptions & { recipient: User }): Stanza => {
  const { user } = options.author;
  const { recipient } = options;
  const alternate = { peer_recipient_lid: recipient.lid };
  return stanza(
    "message",
    { from: user.jid, recipient: recipient.jid, ...alternate, ...commonAttributes(options) },
    options.content,
  );
};

/** A message of a group, as the receiving client gets it. */
export const groupMessage = (options: MessageOptions & { group: GroupRecord }): Stanza => {
  const { user, device } = options.author;
  const participant =
    options.group.addressing === "lid"
      ? { participant: withDevice(user.lid, device), participant_pn: user.jid, addressing_mode: "lid" }
      : { participant: withDevice(user.jid, device), participant_lid: user.lid, addressing_mode: "pn" };
  return stanza("message", { from: options.group.id, ...participant, ...commonAttributes(options) }, options.content);
};

const commonAttributes = ({ id, author, sentAt }: MessageOptions) => ({
  id,
  type: "text",
  t: sentAt.toString(),
  notify: author.user.name,
});

/** The server's word that it took a client's stanza; with `error` that it did not. */
export const ackStanza = (acknowledged: Stanza, error?: number): Stanza =>
  stanza("ack", {
    class: acknowledged.tag,
    id: acknowledged.attrs["id"],
    from: acknowledged.attrs["to"],
    participant: acknowledged.attrs["participant"],
    type: acknowledged.tag === "message" ? undefined : acknowledged.attrs["type"],
    t: nowSeconds().toString(),
    error: error?.toString(),
  });

/** A reader's receipt for a client's message. `chat` is the address the client had sent it to. */
export const receiptStanza = (options: {
  id: string;
  chat: string;
  participant?: string | undefined;
  type?: "read" | "retry" | undefined;
  content?: Stanza[];
}): Stanza =>
  stanza(
    "receipt",
    {
      id: options.id,
      from: options.chat,
      participant: options.participant,
      type: options.type,
      t: nowSeconds().toString(),
    },
    options.content,
  );
