import type { Faults } from "./contract.ts";
import { devicesOf } from "./devices-of.ts";
import type { Targets } from "./targets.ts";

/** What the server refuses to say, or says less often than it should. */
export const answers = ({ world }: Targets): Pick<Faults, "withholdAcks"> => ({
  withholdAcks: (phone, withheld) => {
    const devices = devicesOf(world, withheld ? "acks-withheld" : "acks-given", phone);
    for (const device of devices) device.acksWithheld = withheld;
    return devices.length;
  },
});
