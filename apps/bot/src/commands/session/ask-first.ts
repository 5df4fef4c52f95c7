import type { CommandContext } from "../command.ts";
import type { Asked, Redeemed } from "../confirmation.ts";

const WORD = "confirm";

/** The arguments of a command that asks first. */
export interface Confirmable {
  readonly subject: readonly string[];
  /** What follows `confirm`; `undefined` when the command is given for the first time. */
  readonly code: string | undefined;
}

/** Reads `<subject…> confirm <code>`. */
export const readConfirmable = (args: readonly string[]): Confirmable => {
  const at = args.findIndex((word) => word.toLowerCase() === WORD);
  return at < 0 ? { subject: args, code: undefined } : { subject: args.slice(0, at), code: args[at + 1] ?? "" };
};

const REFUSALS: Record<Exclude<Redeemed, "confirmed">, string> = {
  wrong: "That is not the code for this, and it counts no longer. Nothing was done; ask again.",
  expired: "That code is too old. Nothing was done; ask again.",
  unknown: "I did not ask you for that code here, or it was used already. Nothing was done; ask again.",
};

const askedOf = ({ message }: CommandContext): Asked => {
  const { chat, sender } = message;
  return { chat, person: sender.lid ?? sender.pn ?? chat };
};

export interface Question {
  /** What exactly is confirmed: a code for one act works for no other. */
  readonly act: string;
  /** The command to send again, without the prefix. */
  readonly again: string;
  /** What it means, in full sentences. */
  readonly text: string;
}

/**
 * Asks before something is done that asking again does not undo, and checks the code that comes back. The one way for all
 * commands of that kind.
 *
 * @returns true when it is confirmed; else the person has been answered
 */
export const askFirst = async (
  context: CommandContext,
  code: string | undefined,
  { act, again, text }: Question,
): Promise<boolean> => {
  const { bot, confirmations, reply } = context;
  const asked = askedOf(context);
  if (code === undefined) {
    const line = `${bot.prefix}${again} ${WORD} ${confirmations.ask(asked, act)}`;
    await reply(`${text}\n\nTo go on, send this within 2 minutes:\n${line}`);
    return false;
  }
  const redeemed = confirmations.redeem(asked, act, code);
  if (redeemed === "confirmed") return true;
  await reply(REFUSALS[redeemed]);
  return false;
};
