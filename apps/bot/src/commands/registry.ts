import { BlackskyError } from "@blacksky/errors";
import type { Command } from "./command.ts";

/** The commands, to be found by name or alias. */
export interface CommandRegistry {
  readonly commands: readonly Command[];
  find(name: string): Command | undefined;
}

/**
 * @throws BlackskyError `command.duplicate` when two commands answer to the same word
 */
export const createCommandRegistry = (commands: readonly Command[]): CommandRegistry => {
  const byWord = new Map<string, Command>();
  for (const command of commands) {
    for (const word of [command.name, ...command.aliases]) {
      const other = byWord.get(word);
      if (other !== undefined) {
        const text = `Both ${other.name} and ${command.name} answer to "${word}".`;
        throw new BlackskyError("command.duplicate", text, { hint: "Give one of them another name." });
      }
      byWord.set(word, command);
    }
  }
  return { commands, find: (name) => byWord.get(name.toLowerCase()) };
};
