import { defineCommand, type Command } from "./command.ts";

const line = (prefix: string, { name, aliases, summary, ownerOnly }: Command): string => {
  const also = aliases.length === 0 ? "" : ` (or ${aliases.map((alias) => `${prefix}${alias}`).join(", ")})`;
  return `${prefix}${name}${also}${ownerOnly ? " · owner only" : ""}\n   ${summary}`;
};

/** `.help`: what the bot can do, generated from what is registered. */
export const help = defineCommand({
  name: "help",
  aliases: ["menu"],
  summary: "Lists what the bot can do.",
  async run({ bot, commands, reply }) {
    await reply([`*${bot.name}*`, "", ...commands.map((command) => line(bot.prefix, command))].join("\n"));
  },
});
