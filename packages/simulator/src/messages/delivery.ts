import { damage, strikes } from "../faults/strike.ts";
import { children, stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import { parseJid } from "../world/address.ts";
import type { World } from "../world/world.ts";
import type { QueueEntry } from "./queue.ts";

const write = (world: World, device: LinkedDevice, entry: QueueEntry, offlineIndex?: number): void => {
  const { attrs, ...rest } = entry.stanza;
  const offline = offlineIndex === undefined ? {} : { offline: offlineIndex.toString() };
  if (device.connection?.send({ ...rest, attrs: { ...attrs, ...offline } }) !== true) return;
  entry.writes += 1;
  const id = attrs["id"];
  if (entry.author === undefined || id === undefined) return;
  world.ledger.delivered(entry.author, id);
  world.events.emit("message.delivered", {
    phone: device.phone,
    device: device.id,
    id,
    offline: offlineIndex !== undefined,
  });
};

const admit = (world: World, device: LinkedDevice, entry: QueueEntry): void => {
  const { id = "", from } = entry.stanza.attrs;
  if (entry.author !== undefined) {
    const chat = parseJid(from)?.server === "g.us" ? (from ?? "") : entry.author;
    world.events.emit("message.queued", { phone: device.phone, device: device.id, id, chat });
  }
  if (device.active) write(world, device, entry);
  world.changed();
};

/**
 * Queues a stanza for a linked device, and writes it at once when the device is online. `author` (a phone JID) is given
 * for messages only: with the id it is their key in the ledger.
 */
export const enqueue = (world: World, device: LinkedDevice, node: Stanza, author?: string): void => {
  const { id } = node.attrs;
  const { damage: damages, duplicates } = device.faults;
  const isDamaged = author !== undefined && strikes(world, device, "damage-to-client", damages["to-client"], id);
  const entry = device.queue.add(isDamaged ? { ...node, content: damage(children(node)) } : node, author);
  admit(world, device, entry);
  if (author !== undefined && strikes(world, device, "duplicate-at-once", duplicates["at-once"], id)) {
    enqueueCopy(world, device, entry);
  }
};

/** Queues what was queued before once more, byte for byte. */
export const enqueueCopy = (world: World, device: LinkedDevice, { stanza: node, author }: QueueEntry): void => {
  admit(world, device, device.queue.add(node, author, true));
};

/** Queues a fresh ciphertext of a message that the device could not read. */
export const enqueueResend = (world: World, device: LinkedDevice, node: Stanza, author: string): void => {
  admit(world, device, device.queue.replace(node, author));
};

/**
 * Tells a device that has just become active how much waits, writes the queue in its order, and ends it with
 * `<ib><offline>`, which is mandatory even when nothing waited: clients hold their events back until then.
 */
export const replay = (world: World, device: LinkedDevice): void => {
  const { queue, connection } = device;
  if (connection === undefined) return;
  queue.forgetStaleNacks();
  const { message, receipt, notification, total } = queue.counts();
  const counts = { count: total, message, receipt, notification, appdata: 0 };
  const preview = Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, value.toString()]));
  connection.send(stanza("ib", {}, [stanza("offline_preview", preview)]));
  for (const [index, entry] of queue.entries.entries()) write(world, device, entry, index);
  connection.send(stanza("ib", {}, [stanza("offline", { count: total.toString() })]));
  device.active = true;
  world.events.emit("device.activated", { phone: device.phone, device: device.id, replayed: total });
};
