import { parsePhone } from "../world/address.ts";
import type { Faults } from "./contract.ts";
import { devicesOf } from "./devices-of.ts";
import type { Targets } from "./targets.ts";

/** What the server refuses to say, or says less often than it should. */
export const answers = ({
  world,
  desk,
}: Targets): Pick<Faults, "refuseLogin" | "withholdAnswers" | "refuseQueries" | "qrRefs" | "expirePairings"> => ({
  refuseLogin: (input, refusal, times) => {
    const phone = input === undefined ? undefined : parsePhone(input);
    const fault = refusal === undefined ? "login-admitted" : "login-refused";
    world.events.emit("fault.injected", { fault, ...(phone === undefined ? {} : { phone }) });
    world.standing.refuseLogin(phone, refusal, times);
  },
  withholdAnswers: (phone, withheld) => {
    const devices = devicesOf(world, withheld ? "answers-withheld" : "answers-given", phone);
    for (const device of devices) device.faults.answersWithheld = withheld;
    return devices.length;
  },
  refuseQueries: (phone, code) => {
    const devices = devicesOf(world, code === undefined ? "queries-answered" : "queries-refused", phone);
    for (const device of devices) device.faults.queryRefusal = code;
    return devices.length;
  },
  qrRefs: (count) => {
    world.events.emit("fault.injected", { fault: "qr-refs" });
    world.standing.qrRefs = count;
  },
  expirePairings: () => {
    world.events.emit("fault.injected", { fault: "pairings-expired" });
    return desk.expire();
  },
});
