import { strikes } from "../faults/strike.ts";
import { child, children, childrenNamed, stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import { nowSeconds } from "../clock.ts";
import { readRetryBundle } from "../signal/bundle.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import { parseJid } from "../world/address.ts";
import type { SentRecord, User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { asOwn, encryptFor, withSenderKey } from "./composing.ts";
import { enqueue, enqueueCopy, enqueueResend } from "./delivery.ts";
import { takeBundle } from "./pre-keys.ts";
import { ackStanza, directMessage, encStanza, groupMessage, ownMessage } from "./stanzas.ts";

const idsOf = (receipt: Stanza): string[] => [
  receipt.attrs["id"] ?? "",
  ...childrenNamed(child(receipt, "list"), "item").map((item) => item.attrs["id"] ?? ""),
];

/** Receipts that say nothing of a message which somebody has written. */
const ASIDE = new Set(["retry", "peer_msg", "hist_sync"]);

/** Takes a client's `<receipt>`: it settles queue entries, or asks for a message again. */
export const acceptReceipt = async (world: World, device: LinkedDevice, receipt: Stanza): Promise<void> => {
  const { id: first, type, to, participant } = receipt.attrs;
  const isAside = ASIDE.has(type ?? "");
  if (!isAside && strikes(world, device, "receipt-lost-client", device.faults.receipts.client, first)) return;
  device.connection?.send(ackStanza(receipt));
  const author = world.directory.find(participant ?? to);
  for (const id of idsOf(receipt)) {
    if (type === "retry") {
      if (author !== undefined) await acceptRetry(world, device, author, id, receipt);
      continue;
    }
    const entry = device.queue.settle("message", id);
    const from = entry?.author ?? author?.jid ?? "";
    const kind = type ?? "delivered";
    if (kind === "hist_sync") device.record.historySent = true;
    world.ledger.receipt(from, id, kind);
    world.events.emit("receipt.received", { phone: device.phone, device: device.id, id, kind });
    if (author !== undefined) forwardReceipt(world, device, author, id, receipt);
    if (isAside || entry?.author === undefined || entry.isCopy) continue;
    const { "after-receipt": duplicates } = device.faults.duplicates;
    if (strikes(world, device, "duplicate-after-receipt", duplicates, id)) enqueueCopy(world, device, entry);
  }
  world.changed();
};

/** Takes a client's `<ack>`: for a message it is a refusal when it has an `error`. */
export const acceptAck = (world: World, device: LinkedDevice, ack: Stanza): void => {
  const { id = "", error, class: about = "" } = ack.attrs;
  if (about === "message" && error !== undefined) {
    const entry = device.queue.settleNack(id);
    if (entry?.author !== undefined) world.ledger.nack(entry.author, id, error);
    world.events.emit("message.nacked", { phone: device.phone, device: device.id, id, error });
  } else {
    const { to, participant, type } = ack.attrs;
    device.queue.settle(about, id, ({ attrs }) =>
      about === "receipt"
        ? attrs["from"] === to && attrs["participant"] === participant && attrs["type"] === type
        : true,
    );
  }
  world.changed();
};

/** A message written by another client gets its reader's receipt from here; phones make their own. */
const forwardReceipt = (world: World, reader: LinkedDevice, author: User, id: string, receipt: Stanza): void => {
  const entry = world.ledger.entry(author.jid, id);
  const target = entry === undefined ? undefined : author.devices.get(entry.device);
  const { type, to = "" } = receipt.attrs;
  if (target === undefined || target === reader || type === "sender" || type === "peer_msg") return;
  const isRetry = type === "retry";
  const lidAddressed = parseJid(receipt.attrs["participant"] ?? to)?.server === "lid";
  const owner = world.directory.user(reader.phone);
  // A retry has to name the device, since the answer is for it alone.
  const phoneAddress = lidAddressed ? owner.lid : owner.jid;
  const deviceAddress = lidAddressed ? reader.lid : reader.jid;
  const address = isRetry ? deviceAddress : phoneAddress;
  const group = world.directory.group(to);
  enqueue(
    world,
    target,
    stanza(
      "receipt",
      {
        id,
        from: group?.id ?? address,
        participant: group === undefined ? undefined : address,
        type: type === "inactive" ? undefined : type,
        t: nowSeconds().toString(),
      },
      isRetry ? children(receipt) : undefined,
    ),
  );
};

const acceptRetry = async (
  world: World,
  device: LinkedDevice,
  author: User,
  id: string,
  receipt: Stanza,
): Promise<void> => {
  const count = Number(child(receipt, "retry")?.attrs["count"] ?? "1");
  world.ledger.increment("retryReceipts");
  world.ledger.retried(author.jid, id);
  world.ledger.receipt(author.jid, id, "retry");
  world.events.emit("retry.requested", { id, by: "client", count });
  const sent = author.sent.get(id);
  if (sent === undefined) forwardReceipt(world, device, author, id, receipt);
  else await resend(world, device, author, sent, count, receipt);
};

/** Encrypts a message again, in a fresh session, for the one device that could not read it. */
const resend = async (
  world: World,
  device: LinkedDevice,
  author: User,
  sent: SentRecord,
  count: number,
  receipt: Stanza,
): Promise<void> => {
  const group = world.directory.group(sent.chat);
  const peer = world.directory.find(sent.chat);
  await author.lane.run(async () => {
    const bundle = readRetryBundle(receipt) ?? takeBundle(world, device);
    await author.endpoint.startSession(device.lid, bundle);
    const common = { id: sent.id, author: { user: author, device: 0 }, sentAt: Math.floor(sent.at / 1000) };
    if (group !== undefined) {
      const senderKey = await author.endpoint.senderKey(group.id, author.lid);
      const enc = await encryptFor(world, author, device, withSenderKey(group, senderKey, sent.content));
      const node = groupMessage({ ...common, group, content: [encStanza(enc, count)] });
      enqueueResend(world, device, node, author.jid);
    } else if (device.phone === author.phone) {
      const recipient = peer ?? author;
      const enc = await encryptFor(world, author, device, asOwn(recipient, sent.content));
      enqueueResend(world, device, ownMessage({ ...common, recipient, content: [encStanza(enc, count)] }), author.jid);
    } else {
      const enc = await encryptFor(world, author, device, sent.content);
      enqueueResend(world, device, directMessage({ ...common, content: [encStanza(enc, count)] }), author.jid);
    }
  });
};
