import { Countdown, type Odds } from "./odds.ts";

/** When a message to a bot is delivered a second time: together with the first one, or after the bot's receipt. */
export type DuplicateMoment = "at-once" | "after-receipt";

/** Which way a message goes whose ciphertext is damaged. */
export type Direction = "to-client" | "from-client";

/** Whose receipts get lost: the bot's, or those of the people who read its messages. */
export type ReceiptSide = "client" | "people";

/**
 * When a bot's connection is reset: as any stanza of it arrives, as a message arrives (both are lost with it), or when a
 * message has been taken and its acknowledgement is due.
 */
export type ResetMoment = "stanza" | "message" | "acknowledgement";

/** What the server makes go wrong for one linked device, until somebody takes it back. */
export class DeviceFaults {
  /** The server keeps its answers to the device's queries to itself. */
  answersWithheld = false;
  /** The error code that the device's queries get at the moment. */
  queryRefusal: number | undefined;
  /** Another client with the same credentials takes the session back as soon as the device has it. */
  occupied = false;
  /** The server keeps its acknowledgements of the device's messages to itself. */
  readonly acks = new Countdown<true>();
  readonly duplicates = { "at-once": new Countdown<true>(), "after-receipt": new Countdown<true>() };
  readonly damage = { "to-client": new Countdown<true>(), "from-client": new Countdown<true>() };
  readonly receipts = { client: new Countdown<true>(), people: new Countdown<true>() };
  readonly resets = {
    stanza: new Countdown<true>(),
    message: new Countdown<true>(),
    acknowledgement: new Countdown<true>(),
  };
  readonly #refusals = new Map<string | undefined, Countdown<number>>();

  /** Refuses messages to one chat (a phone JID or a group), or to all, with an error code; undefined takes them again. */
  refuseMessages(chat: string | undefined, code: number | undefined, odds?: Odds): void {
    const countdown = this.#refusals.get(chat) ?? new Countdown<number>();
    countdown.set(code, odds);
    this.#refusals.set(chat, countdown);
  }

  /** The error code that a message to this chat gets now; undefined when it is taken. */
  takeRefusal(chat: string): number | undefined {
    return this.#refusals.get(chat)?.take() ?? this.#refusals.get(undefined)?.take();
  }
}
