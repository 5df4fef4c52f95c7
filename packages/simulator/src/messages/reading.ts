import type { proto } from "@whiskeysockets/baileys";
import { after, nowSeconds } from "../clock.ts";
import { bytes, stanza, unsigned } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import { strikes } from "../faults/strike.ts";
import type { GroupRecord } from "../world/directory.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import type { User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { fromPlaintext } from "./content.ts";
import { enqueue } from "./delivery.ts";
import { see } from "./seeing.ts";
import { receiptStanza } from "./stanzas.ts";

/** A delivery receipt within ~100 ms is merged into the client's still buffered own message and raises no event. */
const RECEIPT_DELAY_MS = 200;
const RETRY_LIMIT = 5;

/** A client's message as it reaches one phone. */
export interface ArrivedMessage {
  id: string;
  /** The linked device that wrote it, and its owner. */
  device: LinkedDevice;
  author: User;
  group: GroupRecord | undefined;
  /** The address to which the client had sent it; receipts come from there. */
  sentTo: string;
  /** The `<enc>`s meant for this phone, a sender key before what it opens. */
  encs: Stanza[];
  /** Device-to-device housekeeping that nobody is shown. */
  peer: boolean;
}

/** Lets a phone decrypt a message: it sees it and sends receipts, or it asks for it again. */
export const receive = async (world: World, reader: User, arrived: ArrivedMessage): Promise<void> => {
  const contents = await reader.lane.run(async () => open(reader, arrived));
  if (contents === undefined) {
    requestRetry(world, reader, arrived);
    return;
  }
  if (arrived.peer) return;
  const { id, author, group } = arrived;
  for (const content of contents) {
    const own = content.deviceSentMessage;
    const destination = own?.destinationJid ?? undefined;
    const chat = group?.id ?? world.directory.find(destination)?.jid ?? destination ?? author.jid;
    const shown = see(world, reader, { id, author, chat, content: own?.message ?? content });
    if (shown && reader !== author) sendReceipts(world, reader, arrived);
  }
};

/** The decrypted parts; undefined when one of them could not be read. */
const open = async (reader: User, { device, group, encs }: ArrivedMessage): Promise<proto.IMessage[] | undefined> => {
  const contents: proto.IMessage[] = [];
  try {
    for (const enc of encs) {
      const content = fromPlaintext(await decrypt(reader, device, group, enc));
      const senderKey = content.senderKeyDistributionMessage;
      if (senderKey?.groupId && senderKey.axolotlSenderKeyDistributionMessage) {
        const { groupId, axolotlSenderKeyDistributionMessage } = senderKey;
        await reader.endpoint.acceptSenderKey(groupId, device.lid, axolotlSenderKeyDistributionMessage);
      }
      contents.push(content);
    }
    return contents;
  } catch {
    // Which of libsignal's errors it was does not matter to a phone: it asks the sender again.
    return undefined;
  }
};

const decrypt = async (
  reader: User,
  device: LinkedDevice,
  group: GroupRecord | undefined,
  enc: Stanza,
): Promise<Uint8Array> => {
  const type = enc.attrs["type"];
  if (type === "skmsg") return reader.endpoint.decryptGroup(group?.id ?? "", device.lid, bytes(enc));
  return reader.endpoint.decrypt(device.lid, type === "pkmsg" ? "pkmsg" : "msg", bytes(enc));
};

/** The reader as the group names him; nobody in a 1:1 chat. */
const participant = (reader: User, group: GroupRecord | undefined): string | undefined => {
  if (group === undefined) return undefined;
  return group.addressing === "lid" ? reader.lid : reader.jid;
};

const sendReceipts = (world: World, reader: User, { id, device, group, sentTo }: ArrivedMessage): void => {
  after(RECEIPT_DELAY_MS, () => {
    if (strikes(world, device, "receipt-lost-people", device.faults.receipts.people, id)) return;
    const common = { id, chat: sentTo, participant: participant(reader, group) };
    enqueue(world, device, receiptStanza(common));
    if (reader.reads) enqueue(world, device, receiptStanza({ ...common, type: "read" }));
  });
};

const requestRetry = (world: World, reader: User, { id, device, author, group, sentTo }: ArrivedMessage): void => {
  const count = (reader.retries.get(id) ?? 0) + 1;
  world.events.emit("message.undecryptable", { id, by: reader.phone });
  if (count > RETRY_LIMIT) return;
  reader.retries.set(id, count);
  world.ledger.retried(author.jid, id);
  world.events.emit("retry.requested", { id, by: "person", count });
  const content = [
    stanza("retry", { count: count.toString(), id, t: nowSeconds().toString(), v: "1" }),
    stanza("registration", {}, unsigned(reader.endpoint.registrationId, 4)),
  ];
  enqueue(
    world,
    device,
    receiptStanza({ id, chat: sentTo, participant: participant(reader, group), type: "retry", content }),
  );
};
