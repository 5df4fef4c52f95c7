import type { Clock } from "@blacksky/machine";
import type { Outbox } from "@blacksky/outbox";
import type { Health } from "@blacksky/protocol";
import type { Notified, Wish } from "../intake/notifier.ts";
import type { SendOutcome } from "../sending/send-queue.ts";
import type { SessionOrders } from "../session-orders.ts";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import type { Confirmations } from "./confirmation.ts";

/** What a command may know of the bot that runs it. */
export interface BotFacts {
  readonly name: string;
  readonly prefix: string;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** What a command gets: the message it answers, and everything it may do. */
export interface CommandContext {
  readonly message: IncomingMessage;
  readonly args: readonly string[];
  readonly isOwner: boolean;
  readonly bot: BotFacts;
  readonly clock: Clock;
  /** Epoch milliseconds at which the bot began to work on the message. */
  readonly receivedAt: number;
  /** All commands, for those that speak of them. */
  readonly commands: readonly Command[];
  /** Answers in the same chat, quoting the message. Resolves when the server has the answer, or it was given up. */
  readonly reply: (text: string) => Promise<SendOutcome>;
  /**
   * Has a message sent, to anybody, in its own time; resolves once that is certain. It survives whatever becomes of the bot,
   * and what has the same key is sent once. Refusals come as errors whose words are meant for people.
   */
  readonly notify: (wish: Wish) => Promise<Notified>;
  /** The same for several, with one commit: all of them, or none where one is refused. */
  readonly notifyAll: (wishes: readonly Wish[]) => Promise<Notified[]>;
  /** What the bot sends by itself: what is stuck, and what to do about it. */
  readonly outbox: Pick<Outbox, "counts" | "desk">;
  /** Milliseconds to WhatsApp and back. */
  readonly probe: () => Promise<number>;
  /** The same as `GET /health`. */
  readonly readHealth: () => Promise<Health>;
  /** Asks the runner to start this worker anew. */
  readonly requestRestart: (reason: string) => void;
  /**
   * Orders a fresh connection; resolves when the order is given. `opened` tells whether it came within some minutes.
   * Refusals come as errors whose words are meant for people.
   */
  readonly reconnect: (reason: string) => Promise<{ readonly opened: Promise<boolean> }>;
  /** What an owner may order about the session. */
  readonly session: SessionOrders;
  /** Codes for what is asked about before it is done. */
  readonly confirmations: Confirmations;
}

/** One thing people can ask the bot for. */
export interface Command {
  /** Lower case, without the prefix. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One short sentence for the help. */
  readonly summary: string;
  readonly ownerOnly: boolean;
  run(context: CommandContext): Promise<void>;
}

/** Declares a command; for everybody and without aliases unless it says otherwise. */
export const defineCommand = (
  command: Pick<Command, "name" | "summary" | "run"> & Partial<Pick<Command, "aliases" | "ownerOnly">>,
): Command => ({ aliases: [], ownerOnly: false, ...command });
