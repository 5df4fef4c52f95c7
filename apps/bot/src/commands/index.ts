import type { Command } from "./command.ts";
import { help } from "./help.ts";
import { memory } from "./memory.ts";
import { ping } from "./ping.ts";
import { queue } from "./queue.ts";
import { reconnect } from "./reconnect.ts";
import { restart } from "./restart.ts";
import { backup } from "./session/backup.ts";
import { clearSession } from "./session/clear-session.ts";
import { logout } from "./session/logout.ts";
import { restore } from "./session/restore.ts";
import { sessions } from "./session/sessions.ts";
import { status } from "./status.ts";

/** Every command of the bot, in the order of the help. */
export const builtInCommands: readonly Command[] = [
  help,
  ping,
  status,
  memory,
  queue,
  reconnect,
  restart,
  backup,
  sessions,
  restore,
  logout,
  clearSession,
];
