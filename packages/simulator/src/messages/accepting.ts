import { describeError } from "@blacksky/errors";
import type { Countdown } from "../faults/odds.ts";
import { damage, reset, strikes, tellStrike } from "../faults/strike.ts";
import { bytes, child, childrenNamed, stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import { nowSeconds } from "../clock.ts";
import { parseJid } from "../world/address.ts";
import type { GroupRecord } from "../world/directory.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import type { User } from "../world/user.ts";
import type { World } from "../world/world.ts";
import { enqueue } from "./delivery.ts";
import { receive } from "./reading.ts";
import { ackStanza, directMessage, groupMessage, ownMessage } from "./stanzas.ts";

const UNKNOWN_RECIPIENT = 404;
const NOT_A_MEMBER = 403;

/** One client's message with everything its stanza says looked up. */
interface Posting {
  id: string;
  to: string;
  device: LinkedDevice;
  author: User;
  group: GroupRecord | undefined;
  /** The other side of a 1:1 chat. */
  peer: User | undefined;
  node: Stanza;
}

/**
 * Takes a `<message>` from a client: acknowledges it, and hands it to every phone and device it is meant for. Phones
 * read it in their own time and in the order of arrival; like the real server, this one does not wait for them.
 */
export const acceptMessage = (world: World, device: LinkedDevice, node: Stanza): void => {
  const { id = "", to = "" } = node.attrs;
  const author = world.directory.user(device.phone);
  const group = world.directory.group(to);
  const peer = world.directory.find(to);
  const posting: Posting = { id, to, device, author, group, peer, node };
  const chat = group?.id ?? peer?.jid ?? to;
  const { acks, resets } = device.faults;
  const strikesHere = (fault: string, countdown: Countdown<true>): boolean =>
    !isPeer(node) && strikes(world, device, fault, countdown, id);
  if (strikesHere("reset-on-message", resets.message)) {
    reset(device);
    return;
  }
  const error = objection(world, posting, chat);
  const isReset = strikesHere("reset-on-acknowledgement", resets.acknowledgement);
  if (!isReset && !strikesHere("ack-withheld", acks)) device.connection?.send(ackStanza(node, error));
  if (error === undefined) take(world, posting, chat);
  else world.events.emit("message.rejected", { id, from: author.jid, chat, error });
  if (isReset) reset(device);
};

const take = (world: World, posting: Posting, chat: string): void => {
  const { id, author, device, node } = posting;
  if (!isPeer(node)) {
    world.ledger.accepted({ id, direction: "from-client", from: author.jid, device: device.id, chat });
    world.events.emit("message.accepted", { id, from: author.jid, chat });
  }
  for (const addressee of addressees(world, posting)) handOver(world, posting, addressee);
};

const isPeer = (node: Stanza): boolean => node.attrs["category"] === "peer";

/** The error code with which a message is not taken; undefined when it is. */
const objection = (
  world: World,
  { id, group, peer, author, device, node }: Posting,
  chat: string,
): number | undefined => {
  if (group === undefined && peer === undefined) return UNKNOWN_RECIPIENT;
  if (group !== undefined && !group.members.includes(author.phone)) return NOT_A_MEMBER;
  const refusal = isPeer(node) ? undefined : device.faults.takeRefusal(chat);
  if (refusal !== undefined) tellStrike(world, device, "message-refused", id);
  return refusal;
};

/** One device with the `<enc>`s that are for it. */
interface Addressee {
  user: User;
  device: number;
  encs: Stanza[];
}

const addressees = (world: World, { group, to, node, device, author }: Posting): Addressee[] => {
  const found = new Map<string, Addressee>();
  const add = (user: User | undefined, deviceId: number, encs: Stanza[]): void => {
    // Clients also address their own device in groups; it has the message already.
    if (user === undefined || (user === author && deviceId === device.id)) return;
    const key = `${user.phone}:${deviceId}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { user, device: deviceId, encs: [...encs] });
    else known.encs.push(...encs);
  };
  for (const recipient of childrenNamed(child(node, "participants"), "to")) {
    const jid = recipient.attrs["jid"];
    add(world.directory.find(jid), parseJid(jid)?.device ?? 0, childrenNamed(recipient, "enc"));
  }
  const shared = childrenNamed(node, "enc");
  if (group !== undefined && shared.some((enc) => enc.attrs["type"] === "skmsg")) {
    for (const member of world.directory.members(group)) {
      // The author's phone shows it as well, as every member's does.
      for (const deviceId of [0, ...member.devices.keys()]) add(member, deviceId, shared);
    }
  } else if (shared.length > 0) {
    // A bare <enc> is for one device: an answer to a retry receipt, or housekeeping for the own phone.
    const jid = group === undefined ? to : node.attrs["participant"];
    add(world.directory.find(jid), parseJid(jid)?.device ?? 0, shared);
  }
  return [...found.values()];
};

const handOver = (world: World, posting: Posting, addressee: Addressee): void => {
  const { id, to, device, author, group, node } = posting;
  const { user } = addressee;
  if (addressee.device === 0) {
    const encs = onItsWay(world, posting, addressee);
    receive(world, user, { id, device, author, group, sentTo: to, encs, peer: isPeer(node) }).catch(
      (error: unknown) => {
        world.events.emit("server.failed", { problem: describeError(error) });
      },
    );
    return;
  }
  const linked = user.devices.get(addressee.device);
  if (linked !== undefined) enqueue(world, linked, forwarded(posting, addressee), author.jid);
};

/** The parts as they reach a phone: a fault may damage them, unless the phone has asked for them. */
const onItsWay = (world: World, { id, device, author, node }: Posting, { user, encs }: Addressee): Stanza[] => {
  if (user === author || isPeer(node) || user.retries.has(id)) return encs;
  const isDamaged = strikes(world, device, "damage-from-client", device.faults.damage["from-client"], id);
  return isDamaged ? damage(encs) : encs;
};

/** The message as another account's linked device, or another one of the same account, gets it. */
const forwarded = ({ id, to, device, author, group, peer, node }: Posting, { user, encs }: Addressee): Stanza => {
  const identity = child(node, "device-identity");
  const content = identity === undefined ? encs : [...encs, stanza("device-identity", {}, bytes(identity))];
  const common = { id, author: { user: author, device: device.id }, sentAt: nowSeconds(), content };
  if (group !== undefined) return groupMessage({ ...common, group });
  if (user === author) return ownMessage({ ...common, recipient: peer ?? author });
  return directMessage({ ...common, addressing: parseJid(to)?.server === "lid" ? "lid" : "pn" });
};
