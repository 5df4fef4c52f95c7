import { parseEnv, secretValues, type Env } from "@blacksky/config";
import { describeError, EXIT } from "@blacksky/errors";
import { createLogger, type Logger } from "@blacksky/logger";

/** The part of `process` that is needed here. */
export interface WorkerProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { write(text: string): unknown };
  on(signal: "SIGTERM" | "SIGINT" | "SIGHUP", listener: () => void): unknown;
  exit(code: number): never;
}

/**
 * What every worker's `main.ts` begins with: signals that mean nothing here, the configuration, and a log. Ends the
 * process with `EXIT.config` when the configuration cannot be used.
 *
 * @param system the app's name in the log
 */
export const prepareProcess = (host: WorkerProcess, system: string): { env: Env; log: Logger } => {
  // Heroku signals every process of the dyno, and a terminal its whole group; only the parent knows the order to stop in.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) host.on(signal, () => undefined);
  const env = readEnv(host);
  const log = createLogger({
    system,
    json: env.NODE_ENV === "production",
    level: env.DEBUG ? "debug" : "info",
    secrets: secretValues(env),
  });
  return { env, log };
};

const readEnv = (host: WorkerProcess): Env => {
  try {
    return parseEnv(host.env);
  } catch (error) {
    // Without a configuration there is no logger to be had.
    host.stderr.write(`${describeError(error)}\n`);
    return host.exit(EXIT.config);
  }
};
