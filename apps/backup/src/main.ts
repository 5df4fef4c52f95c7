import { hostname } from "node:os";
import { resolve } from "node:path";

import { systemClock } from "@blacksky/machine";
import { prepareProcess } from "@blacksky/supervisor/worker";

import { startBackup } from "./app.ts";

/** Replaced by the bundler with the version of the product. */
declare const BUILD_VERSION: string;

const { env, log } = prepareProcess(process, "backup");

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
