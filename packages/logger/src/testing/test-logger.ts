import type { LogFields, Logger, LogLevel } from "../logger.ts";

/** A logger for tests: what would be logged goes to `tell`, or nowhere; its children are itself. */
export const createTestLogger = (
  tell: (level: LogLevel, message: string, fields?: LogFields) => void = () => undefined,
): Logger => {
  const at =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void =>
      tell(level, message, fields);
  const log: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => log };
  return log;
};
