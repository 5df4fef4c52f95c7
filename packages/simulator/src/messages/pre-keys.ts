import { newMessageId } from "../world/address.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import type { World } from "../world/world.ts";
import type { KeyBundle } from "../signal/bundle.ts";
import { nowSeconds } from "../clock.ts";
import { SERVER, stanza } from "../wire/stanza.ts";
import { enqueue } from "./delivery.ts";

/** Below this many one-time pre-keys a client is asked for more; Baileys uploads at fewer than 5. */
const LOW_WATER = 5;

/** Takes a device's bundle, and asks the device for more one-time pre-keys when they run low. */
export const takeBundle = (world: World, device: LinkedDevice): KeyBundle => {
  const bundle = device.takeBundle();
  const count = device.record.preKeys.length;
  const asked = device.queue.entries.some((entry) => entry.stanza.attrs["type"] === "encrypt");
  if (device.record.keysUploaded && count < LOW_WATER && !asked) {
    const attributes = { from: SERVER, type: "encrypt", id: newMessageId(), t: nowSeconds().toString() };
    enqueue(world, device, stanza("notification", attributes, [stanza("count", { value: count.toString() })]));
  }
  world.changed();
  return bundle;
};
