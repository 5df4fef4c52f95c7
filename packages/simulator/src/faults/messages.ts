import type { LinkedDevice } from "../world/linked-device.ts";
import type { Faults } from "./contract.ts";
import { devicesOf } from "./devices-of.ts";
import type { Countdown, Odds } from "./odds.ts";
import type { Targets } from "./targets.ts";

/** What happens to messages and to what is said about them. */
export const messageFaults = ({
  world,
}: Targets): Pick<
  Faults,
  "withholdAcks" | "refuseMessages" | "duplicate" | "damage" | "loseReceipts" | "resetWhileSending"
> => {
  type Pick = (device: LinkedDevice) => Countdown<true>;
  const set = (fault: string, phone: string, pick: Pick, isOn: boolean, odds: Odds | undefined): number => {
    const devices = devicesOf(world, fault, phone);
    for (const device of devices) pick(device).set(isOn ? true : undefined, odds);
    return devices.length;
  };
  return {
    withholdAcks: (phone, withheld, odds) =>
      set(withheld ? "acks-withheld" : "acks-given", phone, ({ faults }) => faults.acks, withheld, odds),
    refuseMessages: (phone, code, { to, ...odds } = {}) => {
      const chat = to === undefined ? undefined : (world.directory.group(to)?.id ?? world.directory.user(to, "to").jid);
      const devices = devicesOf(world, code === undefined ? "messages-taken" : "messages-refused", phone);
      for (const { faults } of devices) faults.refuseMessages(chat, code, odds);
      return devices.length;
    },
    duplicate: (phone, moment, duplicated, odds) => {
      const fault = duplicated ? `duplicates-${moment}` : "no-duplicates";
      return set(fault, phone, ({ faults }) => faults.duplicates[moment], duplicated, odds);
    },
    damage: (phone, direction, damaged, odds) => {
      const fault = damaged ? `damage-${direction}` : "no-damage";
      return set(fault, phone, ({ faults }) => faults.damage[direction], damaged, odds);
    },
    loseReceipts: (phone, side, lost, odds) => {
      const fault = lost ? `receipts-lost-${side}` : "receipts-kept";
      return set(fault, phone, ({ faults }) => faults.receipts[side], lost, odds);
    },
    resetWhileSending: (phone, moment, reset, odds) => {
      const fault = reset ? `reset-on-${moment}` : "no-resets";
      return set(fault, phone, ({ faults }) => faults.resets[moment], reset, odds);
    },
  };
};
