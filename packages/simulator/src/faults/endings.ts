import { endSession, removeDevice, STREAM_ENDS } from "../session.ts";
import type { Stanza } from "../wire/stanza.ts";
import type { Faults } from "./contract.ts";
import { devicesOf } from "./devices-of.ts";
import type { Targets } from "./targets.ts";

/** How the server ends sessions. */
export const endings = ({
  world,
}: Targets): Pick<
  Faults,
  "restartRequired" | "deviceRemoved" | "replaced" | "occupied" | "streamError" | "streamEnd"
> => {
  const end = (fault: string, phone: string, reason: Stanza): number =>
    devicesOf(world, fault, phone).filter((device) => endSession(device, reason)).length;
  return {
    restartRequired: (phone) => end("restart-required", phone, STREAM_ENDS.restartRequired()),
    deviceRemoved: (phone) => {
      const devices = devicesOf(world, "device-removed", phone);
      for (const device of devices) removeDevice(world, device);
      return devices.length;
    },
    replaced: (phone) => end("replaced", phone, STREAM_ENDS.replaced()),
    occupied: (phone, occupied) => {
      const devices = devicesOf(world, occupied ? "occupied" : "vacated", phone);
      for (const device of devices) {
        device.faults.occupied = occupied;
        if (occupied) endSession(device, STREAM_ENDS.replaced());
      }
      return devices.length;
    },
    streamError: (phone, error) => end("stream-error", phone, STREAM_ENDS.error(error)),
    streamEnd: (phone) => end("stream-end", phone, STREAM_ENDS.silent()),
  };
};
