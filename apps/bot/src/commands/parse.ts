/** A text that asks for a command, taken apart. */
export interface ParsedCommand {
  /** Lower case, without the prefix. */
  readonly name: string;
  readonly args: readonly string[];
}

// A word must follow: "..." and ".5 l" are what people write, not commands. Phones like to put a space after a dot.
const NAME = /^\p{L}[\p{L}\p{N}_-]*$/u;

/** Reads `<prefix><name> <args…>`; `undefined` for any other text. */
export const parseCommand = (text: string, prefix: string): ParsedCommand | undefined => {
  const trimmed = text.trim();
  if (!trimmed.startsWith(prefix)) return undefined;
  const afterPrefix = trimmed.slice(prefix.length).replace(/^ /, "");
  const [word = "", ...args] = afterPrefix.split(/\s+/);
  return NAME.test(word) ? { name: word.toLowerCase(), args } : undefined;
};
