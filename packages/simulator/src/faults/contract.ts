import type { UpgradeAnswer } from "../wire/listener.ts";
import type { Direction, DuplicateMoment, ReceiptSide, ResetMoment } from "./device-faults.ts";
import type { LoginRefusal } from "./login-refusal.ts";
import type { Odds } from "./odds.ts";

/** How the server words the end of a stream: `<stream:error code><condition type/></stream:error>`. */
export interface StreamError {
  /** Without one, Baileys knows only the condition `conflict` (440) and calls everything else 500. */
  code?: number;
  /** Tag of the only child, such as `conflict` or `ack`. */
  condition?: string;
  /** Type of the condition, such as `device_removed`. */
  type?: string;
}

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
  /** Another client with the same credentials has the session: every login is answered with 440, until it leaves. */
  occupied(phone: string, occupied: boolean): number;
  /** Ends an account's sessions with a stream error of any kind. */
  streamError(phone: string, error: StreamError): number;
  /** Ends an account's streams without a reason. */
  streamEnd(phone: string): number;

  /**
   * Refuses the next `times` logins of an account, or all, with `<failure>`; `undefined` admits it again. Without a
   * phone those clients are meant that want to be linked.
   */
  refuseLogin(phone: string | undefined, refusal: LoginRefusal | undefined, times?: number): void;
  /** From now on carries out an account's queries without answering them, pings included, or answers them again. */
  withholdAnswers(phone: string, withheld: boolean): number;
  /** From now on refuses an account's queries with this error code, or answers them again. */
  refuseQueries(phone: string, code: number | undefined): number;

  /** From now on takes an account's messages without acknowledging them, or acknowledges them again. */
  withholdAcks(phone: string, withheld: boolean, odds?: Odds): number;
  /**
   * From now on acknowledges an account's messages with this error code (463, 479, 406, …) and delivers them to nobody, or
   * takes them again. `to`, a phone, a JID or a group, means those to one chat alone, and goes before what is said of all.
   */
  refuseMessages(phone: string, code: number | undefined, which?: Odds & { readonly to?: string | undefined }): number;
  /** From now on delivers messages to an account's bots twice, byte for byte, or once again. */
  duplicate(phone: string, moment: DuplicateMoment, duplicated: boolean, odds?: Odds): number;
  /**
   * From now on flips a bit in the ciphertext of messages to or from an account's bots, so that they have to be asked for
   * again, or in none. What is sent because somebody asked is spared.
   */
  damage(phone: string, direction: Direction, damaged: boolean, odds?: Odds): number;
  /** From now on loses the receipts of an account's bots, which then get the message again at their next login, or of those
   * who read theirs. Requests for a message that could not be read are no receipts. */
  loseReceipts(phone: string, side: ReceiptSide, lost: boolean, odds?: Odds): number;
  /** From now on resets the connections of an account's bots while they send, or no more. */
  resetWhileSending(phone: string, moment: ResetMoment, reset: boolean, odds?: Odds): number;

  /** Clients that want to be linked get so many QR texts from now on; each lives as long as the client shows it. */
  qrRefs(count: number): void;
  /** Ends the connections of clients that wait to be linked, as WhatsApp does when nobody came; returns how many. */
  expirePairings(): number;
}
