import type { Logger } from "./logger.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** How much Baileys may say. */
export type BaileysLevel = (typeof LEVELS)[number];

type Write = (entry: unknown, message?: string) => void;

/** What Baileys wants of a logger: pino's shape, structurally. */
export interface BaileysLogger {
  level: string;
  child(fields: Record<string, unknown>): BaileysLogger;
  trace: Write;
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}

// Baileys logs whole nodes, keys and messages. These fields are told because they are numbers, words of the protocol, or
// addresses, which our logger shortens.
const HARMLESS = new Set([
  "attempt",
  "attempts",
  "class",
  "code",
  "count",
  "delay",
  "duration",
  "elapsed",
  "err",
  "error",
  "event",
  "from",
  "jid",
  "maxRetries",
  "ms",
  "msgId",
  "opName",
  "participant",
  "preKeyCount",
  "reason",
  "retries",
  "retryCount",
  "size",
  "statusCode",
  "tag",
  "timeout",
  "total",
  "type",
  "version",
  "xmlns",
]);

// Said as an error at every end of a stream, also the one that WhatsApp asks for right after pairing. The bot itself tells
// each end once, with its reason.
const TOLD_ELSEWHERE = new Set(["stream errored out"]);

// A word of the protocol is short; a text that is longer may be anything.
const MAX_WORD_LENGTH = 64;

const isWord = (value: unknown): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "string" && value.length <= MAX_WORD_LENGTH);

/** Of a stack, the line that says what happened. */
const firstLine = (stack: string): string => (stack.split("\n")[0] ?? "").slice(0, 120);

const harmless = (entry: unknown): Record<string, unknown> => {
  if (entry instanceof Error) return { error: entry };
  if (typeof entry !== "object" || entry === null) return {};
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entry)) {
    if (value instanceof Error) fields["error"] ??= value;
    else if (name === "trace" && typeof value === "string") fields[name] = firstLine(value);
    else if (HARMLESS.has(name) && isWord(value)) fields[name] = value;
  }
  return fields;
};

const messageOf = (entry: unknown, message: string | undefined): string => {
  if (typeof message === "string") return message;
  if (typeof entry === "string") return entry;
  if (typeof entry === "object" && entry !== null && "msg" in entry && typeof entry.msg === "string") return entry.msg;
  return entry instanceof Error ? entry.message : "(no message)";
};

/**
 * Lets Baileys write to our log: the text of its messages and an allow-list of harmless fields, nothing else. Its `trace`
 * is our `debug`.
 *
 * @param options.level the least urgent level that is passed on, whatever the logger itself would write
 */
export const createBaileysLogger = (logger: Logger, options: { readonly level: BaileysLevel }): BaileysLogger => {
  const threshold = LEVELS.indexOf(options.level);
  const at =
    (level: "trace" | "debug" | "info" | "warn" | "error"): Write =>
    (entry, message) => {
      if (LEVELS.indexOf(level) < threshold) return;
      const text = messageOf(entry, message);
      logger[level === "trace" || TOLD_ELSEWHERE.has(text) ? "debug" : level](text, harmless(entry));
    };
  return {
    level: options.level,
    child: (fields) => createBaileysLogger(logger.child(harmless(fields)), options),
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
};
