// First of all: from here on nothing that libsignal prints can reach the outside.
import { consoleGuard } from "./console/silence.ts";
import { parseEnv, secretValues, type Env } from "@blacksky/config";
import { describeError, EXIT } from "@blacksky/errors";
import { createLogger } from "@blacksky/logger";
import { systemClock } from "@blacksky/machine";
import { startWorker } from "@blacksky/supervisor/worker";
import { startBot, type Bot } from "./app.ts";
import { isSocketError } from "./socket/socket-error.ts";
import { exitCodeOfStoreFailure } from "./storage/store-failure.ts";

/** Replaced by the bundler with the version of the product; absent when run from source. */
declare const BUILD_VERSION: string | undefined;

const version = typeof BUILD_VERSION === "undefined" ? "0.0.0-source" : BUILD_VERSION;

const readEnv = (): Env => {
  try {
    return parseEnv(process.env);
  } catch (error) {
    // Without a configuration there is no logger to be had.
    process.stderr.write(`${describeError(error)}\n`);
    return process.exit(EXIT.config);
  }
};

// Heroku signals every process of the dyno; only the parent knows the order in which to stop.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

const env = readEnv();
const log = createLogger({
  system: "bot",
  json: env.NODE_ENV === "production",
  level: env.DEBUG ? "debug" : "info",
  secrets: secretValues(env),
});

let bot: Bot | undefined;
const worker = startWorker({
  endpoint: process,
  pid: process.pid,
  build: version,
  log,
  exit: (code) => process.exit(code),
  async onShutdown(deadlineMs) {
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

try {
  bot = startBot({
    channel: worker.channel,
    env,
    version,
    clock: systemClock,
    log,
    print: process.stdout.isTTY ? (text) => void process.stdout.write(text) : undefined,
    onFailure: (code) => void worker.end(code),
  });
  worker.ready();
} catch (error) {
  log.error(`The session cannot be opened. ${describeError(error)}`, { error });
  void worker.end(exitCodeOfStoreFailure(error));
}
