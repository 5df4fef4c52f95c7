import winston from "winston";
import { createFieldRedactor } from "./redact-fields.ts";
import { jsonLine, type LogLine, readableLine } from "./lines.ts";
import { createTextRedactor } from "./redact-text.ts";
import { tolerateClosedStream } from "./closed-stream.ts";

/** The levels, the most urgent first. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** What a line says besides its message. An Error under `error` becomes `error.code`, `error.message`, and so on. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes redacted lines. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger with fields that every line of it carries. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  /** The process: `runner`, `bot`, `keeper`, `backup`. */
  readonly system: string;
  /** JSON lines for machines; else lines for people, in colour on a terminal. */
  readonly json: boolean;
  /** The least urgent level that is written; `silent` writes nothing. With `debug`, errors come with their stack. */
  readonly level: LogLevel | "silent";
  /** Values that must never be written, as `secretValues` of the configuration gives them. */
  readonly secrets: readonly string[];
  /** Where lines go; standard output unless given. */
  readonly stream?: NodeJS.WritableStream;
  /** Milliseconds since the epoch; the system's clock unless given. */
  readonly now?: () => number;
}

const URGENCY: Readonly<Record<LogLevel | "silent", number>> = { silent: -1, error: 0, warn: 1, info: 2, debug: 3 };

const createSink = (stream: NodeJS.WritableStream): winston.Logger => {
  tolerateClosedStream(stream);
  return winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: "debug",
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Stream({ stream, eol: "\n" })],
  });
};

/** Opens the log of a process. One is enough; parts of the process take a `child` of it. */
export const createLogger = (options: LoggerOptions): Logger => {
  // oxlint-disable-next-line no-restricted-properties -- the time in a line is read by people; nothing waits for it.
  const { system, json, level: threshold, secrets, stream = process.stdout, now = Date.now } = options;
  const redactText = createTextRedactor(secrets);
  const redactFields = createFieldRedactor(redactText, threshold === "debug");
  const colour = "isTTY" in stream && stream.isTTY;
  const format = json ? jsonLine : (line: LogLine): string => readableLine(line, colour);
  const sink = createSink(stream);

  const write = (level: LogLevel, message: string, fields: LogFields): void => {
    if (URGENCY[level] > URGENCY[threshold]) return;
    const line = { timeMs: now(), level, system, message: redactText(message), fields: redactFields(fields) };
    sink.log(level, format(line));
  };

  const bind = (bound: LogFields): Logger => {
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void =>
        write(level, message, { ...bound, ...fields });
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => bind({ ...bound, ...fields }),
    };
  };
  return bind({});
};
