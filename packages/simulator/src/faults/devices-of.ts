import type { LinkedDevice } from "../world/linked-device.ts";
import type { World } from "../world/world.ts";

/** Notes that a fault strikes an account, and returns the devices it strikes. Throws `simulator.unknown`. */
export const devicesOf = (world: World, fault: string, phone: string): LinkedDevice[] => {
  const owner = world.directory.user(phone);
  world.events.emit("fault.injected", { fault, phone: owner.phone });
  return [...owner.devices.values()];
};
