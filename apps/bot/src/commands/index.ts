import type { Command } from "./command.ts";
import { help } from "./help.ts";
import { ping } from "./ping.ts";
import { restart } from "./restart.ts";
import { status } from "./status.ts";

/** Every command of the bot, in the order of the help. */
export const builtInCommands: readonly Command[] = [help, ping, status, restart];
