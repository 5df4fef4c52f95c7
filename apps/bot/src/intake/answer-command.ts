import { describeError } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import { createBoundedMap } from "../bounded-map.ts";
import type { BotFacts, Command, CommandContext } from "../commands/command.ts";
import type { ParsedCommand } from "../commands/parse.ts";
import type { CommandRegistry } from "../commands/registry.ts";
import type { SendOutcome } from "../sending/send-queue.ts";
import type { Notifier } from "./notifier.ts";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import type { Draft } from "../socket/whatsapp-socket.ts";
import { isTooOld } from "./age-policy.ts";
import { isFromOwner, type PhoneOfLid } from "./ownership.ts";
import { createReplies } from "./replies.ts";

const CHAT_LIMIT = 1000;
/** A backlog may hold many late commands of one chat; one note for all of them. */
const LATE_NOTE_PAUSE_MS = 60_000;

export interface AnswerOptions {
  readonly bot: BotFacts;
  /** Phone numbers, digits. */
  readonly owners: readonly string[];
  readonly registry: CommandRegistry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly send: (draft: Draft) => Promise<SendOutcome>;
  /** Has notifications sent; `createNotifier` for one message. */
  readonly notifierFor: (message: IncomingMessage) => Notifier;
  readonly phoneOfLid: PhoneOfLid;
  /** What commands may ask of the rest of the system. */
  readonly reach: Pick<
    CommandContext,
    "probe" | "readHealth" | "requestRestart" | "reconnect" | "session" | "confirmations" | "outbox"
  >;
}

/** Answers one command: runs it, or says why not. True when nothing is left to do; else it is to be done again. */
export type AnswerCommand = (message: IncomingMessage, parsed: ParsedCommand, receivedAt: number) => Promise<boolean>;

const run = async (command: Command, context: CommandContext, log: Logger): Promise<void> => {
  try {
    await command.run(context);
  } catch (error) {
    log.error(`The command ${command.name} failed: ${describeError(error)}`, { error });
    await context.reply("Something went wrong with that command. The log says more.");
  }
};

/** Remembers whom it has hinted at and told off, so that nobody is told twice. */
export const createAnswerer = (options: AnswerOptions): AnswerCommand => {
  const { bot, owners, registry, clock, log, reach } = options;
  const hinted = createBoundedMap<true>(CHAT_LIMIT);
  const lateNotes = createBoundedMap<number>(CHAT_LIMIT);

  const hint = ({ kind, chat }: IncomingMessage): string | undefined => {
    // In a group the prefix may be meant for another bot.
    if (kind === "group" || hinted.get(chat) === true) return undefined;
    hinted.set(chat, true);
    return `I do not know that command. Send ${bot.prefix}help to see what I can do.`;
  };

  const lateNote = ({ chat }: IncomingMessage): string | undefined => {
    const now = clock.now();
    if (now - (lateNotes.get(chat) ?? 0) < LATE_NOTE_PAUSE_MS) return undefined;
    lateNotes.set(chat, now);
    return "This reached me too late, so I did not run it. Please send it again if you still want it.";
  };

  return async (message, { name, args }, receivedAt) => {
    const isOwner = await isFromOwner(owners, message.sender, options.phoneOfLid);
    // From another device of the bot's own account: a person only if that account is an owner's.
    if (message.fromMe && !isOwner) return true;
    const replies = createReplies(message, options.send);
    const reply = (text: string): Promise<SendOutcome> => replies.reply(text);
    const say = (text: string | undefined): Promise<boolean> => {
      if (text !== undefined) void reply(text).catch(() => undefined);
      return replies.settled();
    };
    const command = registry.find(name);
    if (command === undefined) return say(hint(message));
    if (isTooOld(message, clock.now())) return say(lateNote(message));
    if (command.ownerOnly && !isOwner) return say("Only my owner may ask for that.");
    const { commands } = registry;
    const notifier = options.notifierFor(message);
    await run(command, { ...reach, ...notifier, message, args, isOwner, bot, clock, receivedAt, reply, commands }, log);
    return replies.settled();
  };
};
