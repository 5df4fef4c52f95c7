import { bytes } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import type { World } from "../world/world.ts";
import type { Countdown } from "./odds.ts";

/** True when a fault strikes a device on this occasion, which is told as an event. */
export const strikes = (
  world: World,
  device: LinkedDevice,
  fault: string,
  countdown: Countdown<unknown>,
  id?: string,
): boolean => {
  if (countdown.take() === undefined) return false;
  tellStrike(world, device, fault, id);
  return true;
};

/** Tells that a fault has struck a device, and whose message it has struck. */
export const tellStrike = (world: World, device: LinkedDevice, fault: string, id: string | undefined): void => {
  world.events.emit("fault.struck", { fault, phone: device.phone, ...(id === undefined ? {} : { id }) });
};

/** Cuts the device's connection in this moment; what the device still has under way is lost. */
export const reset = (device: LinkedDevice): void => {
  const { connection } = device;
  device.connection = undefined;
  device.active = false;
  connection?.terminate();
};

/** Where the bit is flipped: in the text of a `msg` or a `pkmsg`, in the signature of an `skmsg`. */
const DAMAGED_SHARE = 0.75;

/** The same parts with one bit of the last `<enc>` flipped, which is the one that carries what is shown. */
export const damage = (parts: readonly Stanza[]): Stanza[] => {
  const last = parts.findLastIndex(({ tag }) => tag === "enc");
  return parts.map((part, index) => {
    if (index !== last) return part;
    const content = bytes(part);
    const at = Math.floor(content.length * DAMAGED_SHARE);
    content.writeUInt8(content.readUInt8(at) ^ 1, at);
    return { ...part, content };
  });
};
