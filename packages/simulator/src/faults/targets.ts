import type { Gateway } from "../gateway.ts";
import type { PairingDesk } from "../pairing/desk.ts";
import type { WireListener } from "../wire/listener.ts";
import type { World } from "../world/world.ts";

/** What faults strike at. */
export interface Targets {
  readonly world: World;
  readonly gateway: Gateway;
  readonly desk: PairingDesk;
  readonly listener: WireListener;
}
