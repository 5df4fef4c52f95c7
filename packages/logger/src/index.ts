export { createBaileysLogger } from "./baileys-logger.ts";
export type { BaileysLevel, BaileysLogger } from "./baileys-logger.ts";
export { LOG_KEYS } from "./log-keys.ts";
export { createLogger } from "./logger.ts";
export type { LogFields, Logger, LoggerOptions, LogLevel } from "./logger.ts";
export { createTextRedactor } from "./redact-text.ts";
export { createRepeatGuard } from "./repeat-guard.ts";
export type { RepeatGuard, RepeatGuardOptions } from "./repeat-guard.ts";
