export { BlackskyError, describeError, errorCode, isBlackskyError, networkErrorCode } from "./blacksky-error.ts";
export type { BlackskyErrorOptions } from "./blacksky-error.ts";
export { EXIT } from "./exit-codes.ts";
export type { ExitCode } from "./exit-codes.ts";
