import type { UpgradeAnswer } from "../wire/listener.ts";

/** What can be made to go wrong. `phone` is an account's number. The numbers returned say how many were hit. */
export interface Faults {
  /** Cuts the TCP connections of an account, or all; returns how many. */
  drop(phone?: string): number;
  /** Lets an account's connections stand still, both ways, with TCP open, or go on. New ones are not concerned. */
  stall(phone: string, stalled: boolean): number;
  /** From now on every frame takes `ms`, and up to `jitterMs` more by chance; 0 and 0 end that. Order is kept. */
  latency(ms: number, jitterMs?: number): void;
  /** Closes the port for `ms` milliseconds; resolves when it is open again. */
  refuse(ms: number): Promise<void>;
  /** Answers the next `times` clients, or all, with an HTTP status or not at all; `websocket` lets them in again. */
  upgrade(answer: UpgradeAnswer | "websocket", times?: number): void;

  /** Ends an account's sessions with 515. Returns how many, as the next ones. */
  restartRequired(phone: string): number;
  /** Unlinks an account's devices: 401, and refused from then on. */
  deviceRemoved(phone: string): number;
  /** Ends an account's sessions with 440. */
  replaced(phone: string): number;

  /** From now on takes an account's messages without acknowledging them, or acknowledges them again. */
  withholdAcks(phone: string, withheld: boolean): number;
}
