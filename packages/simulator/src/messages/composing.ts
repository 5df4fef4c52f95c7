import type { proto } from "@whiskeysockets/baileys";
import { nowMs } from "../clock.ts";
import { failure } from "../failure.ts";
import type { Ciphertext } from "../signal/endpoint.ts";
import { newMessageId } from "../world/address.ts";
import type { GroupRecord } from "../world/directory.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import type { SentRecord, User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { textContent, toPlaintext } from "./content.ts";
import { enqueue } from "./delivery.ts";
import { takeBundle } from "./pre-keys.ts";
import { see } from "./seeing.ts";
import { directMessage, encStanza, groupMessage, ownMessage } from "./stanzas.ts";

/** How many of its own messages a phone keeps for retry receipts. */
const SENT_LIMIT = 1000;

/** Sends a text from a phone to a phone number, a JID or a group. Resolves when every linked device's copy is queued. */
export const say = async (world: World, author: User, to: string, text: string): Promise<{ id: string }> => {
  const group = world.directory.group(to);
  const peer = group === undefined ? world.directory.user(to, "to") : undefined;
  if (group !== undefined && !group.members.includes(author.phone)) {
    throw failure("simulator.bad-input", `${author.phone} is no member of the group.`, "Add the group with him.");
  }
  if (peer?.role === "account" && peer.devices.size === 0) {
    throw failure(
      "simulator.not-linked",
      `No device is linked to the account ${peer.phone}.`,
      "Pair a bot with it first.",
    );
  }
  const chat = group?.id ?? peer?.jid ?? "";
  const sent: SentRecord = { id: newMessageId(), chat, content: textContent(text), at: nowMs() };
  const { id } = sent;
  world.ledger.accepted({ id, direction: "to-client", from: author.jid, device: 0, chat, text });
  remember(author, sent);
  await author.lane.run(async () => {
    if (group !== undefined) await sendToGroup(world, author, group, sent);
    else if (peer !== undefined) await sendDirectly(world, author, peer, sent);
  });
  const readers = group === undefined ? [peer] : world.directory.members(group);
  for (const reader of readers) {
    // Phones are played here, so what one of them writes another one reads without going over the wire.
    if (reader === undefined || reader === author) continue;
    see(world, reader, { id, author, chat: group?.id ?? author.jid, content: sent.content });
  }
  return { id };
};

const remember = (author: User, sent: SentRecord): void => {
  author.sent.set(sent.id, sent);
  const [oldest] = author.sent.keys();
  if (author.sent.size > SENT_LIMIT && oldest !== undefined) author.sent.delete(oldest);
};

const sendDirectly = async (world: World, author: User, peer: User, sent: SentRecord): Promise<void> => {
  const common = { id: sent.id, author: { user: author, device: 0 }, sentAt: Math.floor(sent.at / 1000) };
  if (peer !== author) {
    for (const device of peer.devices.values()) {
      const enc = encStanza(await encryptFor(world, author, device, sent.content));
      enqueue(world, device, directMessage({ ...common, content: [enc] }), author.jid);
    }
  }
  for (const device of author.devices.values()) {
    const enc = encStanza(await encryptFor(world, author, device, asOwn(peer, sent.content)));
    enqueue(world, device, ownMessage({ ...common, recipient: peer, content: [enc] }), author.jid);
  }
};

/** The form in which a phone tells its own linked devices what it wrote to somebody else. */
export const asOwn = (recipient: User, message: proto.IMessage): proto.IMessage => ({
  deviceSentMessage: { destinationJid: recipient.jid, message },
});

const sendToGroup = async (world: World, author: User, group: GroupRecord, sent: SentRecord): Promise<void> => {
  const { ciphertext, senderKey } = await author.endpoint.encryptGroup(group.id, author.lid, toPlaintext(sent.content));
  const holders = author.senderKeyHolders.get(group.id) ?? new Set<string>();
  author.senderKeyHolders.set(group.id, holders);
  for (const member of world.directory.members(group)) {
    for (const device of member.devices.values()) {
      const content = [encStanza(ciphertext)];
      if (!holders.has(device.lid)) {
        const keyMessage = withSenderKey(group, senderKey, {});
        content.unshift(encStanza(await encryptFor(world, author, device, keyMessage)));
        holders.add(device.lid);
      }
      const common = { id: sent.id, author: { user: author, device: 0 }, sentAt: Math.floor(sent.at / 1000) };
      enqueue(world, device, groupMessage({ ...common, group, content }), author.jid);
    }
  }
};

/** Adds a phone's sender key to a message, so that its reader can read the group's next ones. */
export const withSenderKey = (group: GroupRecord, senderKey: Uint8Array, content: proto.IMessage): proto.IMessage => ({
  ...content,
  senderKeyDistributionMessage: { groupId: group.id, axolotlSenderKeyDistributionMessage: senderKey },
});

/** Encrypts for one linked device, opening a session from its bundle when there is none. */
export const encryptFor = async (
  world: World,
  author: User,
  device: LinkedDevice,
  content: proto.IMessage,
): Promise<Ciphertext> => {
  if (!(await author.endpoint.hasSession(device.lid))) {
    await author.endpoint.startSession(device.lid, takeBundle(world, device));
  }
  return author.endpoint.encrypt(device.lid, toPlaintext(content));
};
