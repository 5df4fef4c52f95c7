import { hostname } from "node:os";
import { resolve } from "node:path";

import { parseEnv, secretValues } from "@blacksky/config";
import type { Env } from "@blacksky/config";
import { describeError, EXIT } from "@blacksky/errors";
import { createLogger } from "@blacksky/logger";
import { systemClock } from "@blacksky/machine";

import { startBackup } from "./app.ts";

/** Replaced by the bundler with the version of the product. */
declare const BUILD_VERSION: string;

const readEnv = (): Env => {
  try {
    return parseEnv(process.env);
  } catch (error) {
    // Without a configuration there is no logger to be had.
    process.stderr.write(`${describeError(error)}\n`);
    process.exit(EXIT.config);
  }
};

// Heroku sends SIGTERM to every process of the dyno, and a terminal its Ctrl-C: only the parent's word counts, because
// the last flush comes after the bot's end.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

const env = readEnv();
const log = createLogger({
  system: "backup",
  json: env.NODE_ENV === "production",
  level: env.DEBUG ? "debug" : "info",
  secrets: secretValues(env),
});

const crash = (error: unknown): void => {
  log.error("The backup worker met an error it did not expect.", { error });
  // What is written is in the store; the next start replicates it.
  process.exit(1);
};
process.on("uncaughtException", crash);
process.on("unhandledRejection", crash);

startBackup({
  env: { ...env, DATA_DIR: resolve(env.DATA_DIR) },
  endpoint: process,
  pid: process.pid,
  host: hostname(),
  build: BUILD_VERSION,
  log,
  clock: systemClock,
  random: Math.random,
  exit: (code) => process.exit(code),
});
