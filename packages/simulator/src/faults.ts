import { setTimeout as pause } from "node:timers/promises";
import { describeError } from "@blacksky/errors";
import type { Faults } from "./contract.ts";
import { parsePhone } from "./world/address.ts";
import type { Gateway } from "./gateway.ts";
import { endSession, removeDevice, STREAM_ERRORS } from "./session.ts";
import type { WireListener } from "./wire/listener.ts";
import type { World } from "./world/world.ts";

/** The faults of a running server; each is noted as an event before it strikes. */
export const createFaults = (world: World, gateway: Gateway, listener: WireListener): Faults => {
  const devicesOf = (fault: string, phone: string) => {
    const owner = world.directory.user(phone);
    world.events.emit("fault.injected", { fault, phone: owner.phone });
    return [...owner.devices.values()];
  };
  return {
    drop: (input) => {
      const phone = input === undefined ? undefined : parsePhone(input);
      world.events.emit("fault.injected", { fault: "drop", ...(phone === undefined ? {} : { phone }) });
      return gateway.drop(phone);
    },
    restartRequired: (phone) =>
      devicesOf("restart-required", phone).filter((device) => endSession(device, STREAM_ERRORS.restartRequired()))
        .length,
    deviceRemoved: (phone) => {
      const devices = devicesOf("device-removed", phone);
      for (const device of devices) removeDevice(world, device);
      return devices.length;
    },
    replaced: (phone) =>
      devicesOf("replaced", phone).filter((device) => endSession(device, STREAM_ERRORS.replaced())).length,
    withholdAcks: (phone, withheld) => {
      const devices = devicesOf(withheld ? "acks-withheld" : "acks-given", phone);
      for (const device of devices) device.acksWithheld = withheld;
      return devices.length;
    },
    refuse: async (ms) => {
      world.events.emit("fault.injected", { fault: "refuse" });
      await listener.close();
      await pause(ms);
      try {
        await listener.listen();
      } catch (error) {
        world.events.emit("fault.failed", { fault: "refuse", problem: describeError(error) });
        throw error;
      }
    },
  };
};
