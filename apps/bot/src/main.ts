// First of all: from here on nothing that libsignal prints can reach the outside.
import { consoleGuard } from "./console/silence.ts";
import { describeError, EXIT } from "@blacksky/errors";
import { systemClock } from "@blacksky/machine";
import { session } from "@blacksky/protocol";
import { prepareProcess, startWorker } from "@blacksky/supervisor/worker";
import { startBot, type Bot } from "./app.ts";
import { isSocketError } from "./socket/socket-error.ts";
import { exitCodeOfStoreFailure } from "./storage/store-failure.ts";

/** Replaced by the bundler with the version of the product; absent when run from source. */
declare const BUILD_VERSION: string | undefined;

const version = typeof BUILD_VERSION === "undefined" ? "0.0.0-source" : BUILD_VERSION;

const { env, log } = prepareProcess(process, "bot");

let bot: Bot | undefined;
let ending = false;
const worker = startWorker({
  endpoint: process,
  pid: process.pid,
  build: version,
  log,
  exit: (code) => process.exit(code),
  onTrim: () => bot?.trim(),
  async onShutdown(deadlineMs) {
    ending = true;
    const outcome = (await bot?.stop(deadlineMs)) ?? { unfinished: 0 };
    log.debug("Stopped.", { silenced_console_calls: consoleGuard.dropped });
    return outcome;
  },
});

const crash = (error: unknown): void => {
  log.error(`The bot met an error it did not expect; it ends and is started anew. ${describeError(error)}`, { error });
  void worker.end(EXIT.escalated);
};
process.on("uncaughtException", crash);
process.on("unhandledRejection", (error) => {
  // Baileys leaves many a promise alone when its socket ends; that says nothing about the rest of the bot.
  if (isSocketError(error)) log.warn(`Something was left undone on a socket: ${describeError(error)}`);
  else crash(error);
});

const open = (): void => {
  if (bot !== undefined || ending) return;
  try {
    bot = startBot({
      channel: worker.channel,
      env,
      version,
      clock: systemClock,
      random: Math.random,
      log,
      print: process.stdout.isTTY ? (text) => void process.stdout.write(text) : undefined,
      onFailure: (code) => void worker.end(code),
    });
  } catch (error) {
    log.error(`The session cannot be opened. ${describeError(error)}`, { error });
    void worker.end(exitCodeOfStoreFailure(error));
  }
};
worker.channel.on(session.available, open);
worker.ready();
