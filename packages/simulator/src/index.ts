export { connectSimulator } from "./control/client.ts";
export type { SimulatorClient } from "./control/client.ts";
export type {
  Account,
  DeviceView,
  Faults,
  Group,
  Person,
  Phone,
  Simulator,
  SimulatorOptions,
} from "./contract.ts";
export type { SimulatorEvent, SimulatorEventOf, SimulatorEventType } from "./event-bus.ts";
export type { Ledger, LedgerEntry, SeenCount } from "./ledger.ts";
export type { MessageMatch } from "./phone.ts";
export { silenceLibsignal } from "./signal/console-guard.ts";
export { startSimulator } from "./simulator.ts";
export type { Addressing } from "./world/address.ts";
export type { SeenMessage } from "./world/seen-log.ts";
