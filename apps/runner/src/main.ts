import {
  loadConfigFile,
  parseEnv,
  plannedVariables,
  secretValues,
  withConfigFile,
  type Env,
  type EnvSource,
} from "@blacksky/config";
import { describeError, EXIT, isBlackskyError, type ExitCode } from "@blacksky/errors";
import { createLogger, type Logger } from "@blacksky/logger";
import { systemClock } from "@blacksky/machine";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startRunner, type Runner } from "./app.ts";

/** Replaced by the bundler with the version of the product. */
declare const BUILD_VERSION: string;

/** Starting again with the same settings would fail the same way. */
const CONFIGURATION_CODES = new Set(["runner.port", "runner.dataDir", "runner.locked"]);

const exitCodeOf = (error: unknown): ExitCode =>
  isBlackskyError(error) && CONFIGURATION_CODES.has(error.code) ? EXIT.config : EXIT.escalated;

/** The environment, with what `.env` and `blacksky.config.*` in this folder add to it. */
const readSource = async (): Promise<EnvSource> => {
  if (existsSync(".env")) process.loadEnvFile(".env");
  return withConfigFile(process.env, await loadConfigFile(process.cwd()));
};

const readConfiguration = async (): Promise<{ env: Env; source: EnvSource }> => {
  try {
    const source = await readSource();
    const parsed = parseEnv(source);
    // The workers must mean the same folder, wherever they are started.
    const DATA_DIR = resolve(parsed.DATA_DIR);
    return { env: { ...parsed, DATA_DIR }, source: { ...source, DATA_DIR } };
  } catch (error) {
    // Without a configuration there is no logger to be had.
    process.stderr.write(`${describeError(error)}\n`);
    process.exit(EXIT.config);
  }
};

/** A stop may be asked for before there is anything to stop; then it waits for its runner. */
const createStopSwitch = (): { pull(reason: string): void; wire(runner: Runner): void } => {
  let reason: string | undefined;
  let wired: Runner | undefined;
  return {
    pull(why) {
      reason ??= why;
      void wired?.stop(reason);
    },
    wire(runner) {
      wired = runner;
      if (reason !== undefined) void runner.stop(reason);
    },
  };
};

const stopOnCrash = (runner: Runner, log: Logger): void => {
  const crash = (error: unknown): void => {
    log.error("The runner met an error it did not expect; stopping in order.", { error });
    process.exitCode = EXIT.escalated;
    void runner.stop("crash");
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
};

const platformMemoryMb = (): number | undefined => {
  const megabytes = Number(process.env["WEB_MEMORY"] ?? process.env["MEMORY_AVAILABLE"]);
  return Number.isFinite(megabytes) && megabytes > 0 ? megabytes : undefined;
};

const main = async (): Promise<ExitCode> => {
  const { env, source } = await readConfiguration();
  const log = createLogger({
    system: "runner",
    json: env.NODE_ENV === "production",
    level: env.DEBUG ? "debug" : "info",
    secrets: secretValues(env),
  });
  const planned = plannedVariables(source);
  if (planned.length > 0) log.warn(`Set, but without effect in this version: ${planned.join(", ")}.`);
  const stopSwitch = createStopSwitch();
  // Heroku may send SIGTERM more than once; a closed terminal sends SIGHUP.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stopSwitch.pull(signal));
  try {
    const runner = await startRunner({
      env,
      source,
      version: BUILD_VERSION,
      scriptOf: (id) => fileURLToPath(new URL(`../../${id}/dist/main.js`, import.meta.url)),
      platformMemoryMb: platformMemoryMb(),
      log,
      clock: systemClock,
      random: Math.random,
    });
    stopSwitch.wire(runner);
    stopOnCrash(runner, log);
    const code = await runner.ended;
    log.info("Stopped.", { exit_code: code });
    return code;
  } catch (error) {
    log.error(describeError(error), { error });
    return exitCodeOf(error);
  }
};

const code = await main();
process.exit(process.exitCode === undefined ? code : Math.max(Number(process.exitCode), code));
