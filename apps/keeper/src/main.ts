import { parseEnv, secretValues, type Env } from "@blacksky/config";
import { describeError, EXIT } from "@blacksky/errors";
import { createLogger } from "@blacksky/logger";
import { systemClock } from "@blacksky/machine";
import { startWorker } from "@blacksky/supervisor/worker";
import { connectionSettings } from "@blacksky/whatsapp";
import { startKeeper, type Keeper } from "./app.ts";

/** Replaced by the bundler with the version of the product. */
declare const BUILD_VERSION: string;

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
  system: "keeper",
  json: env.NODE_ENV === "production",
  level: env.DEBUG ? "debug" : "info",
  secrets: secretValues(env),
});

let keeper: Keeper | undefined;
const worker = startWorker({
  endpoint: process,
  pid: process.pid,
  build: BUILD_VERSION,
  log,
  exit: (code) => process.exit(code),
  onShutdown: () => {
    keeper?.stop();
    return Promise.resolve({ unfinished: 0 });
  },
});
keeper = startKeeper({
  channel: worker.channel,
  settings: connectionSettings({
    initialDelayMs: env.RECONNECT_INITIAL_DELAY,
    maxDelayMs: env.RECONNECT_MAX_DELAY,
    maxRetries: env.RECONNECT_MAX_RETRIES,
  }),
  clock: systemClock,
  random: Math.random,
  log,
});
worker.ready();
