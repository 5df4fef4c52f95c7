import { describeError } from "@blacksky/errors";
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
  const error = objection(posting);
  if (!device.acksWithheld) device.connection?.send(ackStanza(node, error));
  if (error !== undefined) {
    world.events.emit("message.rejected", { id, from: author.jid, chat, error });
    return;
  }
  if (!isPeer(node)) {
    world.ledger.accepted({ id, direction: "from-client", from: author.jid, device: device.id, chat });
    world.events.emit("message.accepted", { id, from: author.jid, chat });
  }
  for (const addressee of addressees(world, posting)) handOver(world, posting, addressee);
};

const isPeer = (node: Stanza): boolean => node.attrs["category"] === "peer";

const objection = ({ group, peer, author }: Posting): number | undefined => {
  if (group === undefined && peer === undefined) return UNKNOWN_RECIPIENT;
  return group !== undefined && !group.members.includes(author.phone) ? NOT_A_MEMBER : undefined;
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
  const { user, encs } = addressee;
  if (addressee.device === 0) {
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

/** The message as another account's linked device, or another one of the same account, gets it. */
const forwarded = ({ id, to, device, author, group, peer, node }: Posting, { user, encs }: Addressee): Stanza => {
  const identity = child(node, "device-identity");
  const content = identity === undefined ? encs : [...encs, stanza("device-identity", {}, bytes(identity))];
  const common = { id, author: { user: author, device: device.id }, sentAt: nowSeconds(), content };
  if (group !== undefined) return groupMessage({ ...common, group });
  if (user === author) return ownMessage({ ...common, recipient: peer ?? author });
  return directMessage({ ...common, addressing: parseJid(to)?.server === "lid" ? "lid" : "pn" });
};
