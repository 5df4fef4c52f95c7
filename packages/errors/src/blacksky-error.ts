export interface BlackskyErrorOptions {
  /** What the reader can do about it, as one sentence. */
  hint?: string;
  cause?: unknown;
}

/** Every error this product raises on purpose: a stable `code`, what happened to what, and the remedy. */
export class BlackskyError extends Error {
  override readonly name = "BlackskyError";
  /** Stable, `subject.problem`; safe to switch on, to log and to send over IPC. */
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: BlackskyErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** True for our own errors, also for those that crossed a realm (Jest runs each test file in its own). */
export const isBlackskyError = (value: unknown): value is BlackskyError =>
  value instanceof Error && value.name === "BlackskyError" && "code" in value;

/** The `code` of any error: ours, Node's (`ENOSPC`) or PostgreSQL's SQLSTATE; `unknown` when it has none. */
export const errorCode = (error: unknown): string => {
  if (typeof error !== "object" || error === null || !("code" in error)) return "unknown";
  const { code } = error;
  return typeof code === "string" || typeof code === "number" ? String(code) : "unknown";
};

/**
 * The code of what made `fetch` fail, which it hides in the `cause`. Node puts host names and addresses into the messages of
 * network errors; their codes hold none.
 */
export const networkErrorCode = (error: unknown): string =>
  errorCode(typeof error === "object" && error !== null && "cause" in error ? error.cause : error);

/** The message of any thrown value, and the hint behind it when there is one. */
export const describeError = (error: unknown): string => {
  if (isBlackskyError(error)) {
    return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  }
  return error instanceof Error ? error.message : String(error);
};
