import { errorCode, isBlackskyError } from "@blacksky/errors";
import { LOG_KEYS } from "./log-keys.ts";

// A cause of a cause of a cause explains nothing more, and a chain may be a circle.
const MAX_CAUSES = 3;

const causesOf = (error: Error): string[] => {
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < MAX_CAUSES; cause = cause.cause) {
    const code = errorCode(cause);
    causes.push(code === "unknown" ? cause.message : `${cause.message} (${code})`);
  }
  return causes;
};

/** What was thrown, as fields of a log line; the stack only where details are wanted. Nothing is redacted yet. */
export const errorFields = (error: unknown, withStack: boolean): Record<string, unknown> => {
  if (!(error instanceof Error))
    return { [LOG_KEYS.errorCode]: errorCode(error), [LOG_KEYS.errorMessage]: String(error) };
  const fields: Record<string, unknown> = {
    [LOG_KEYS.errorCode]: errorCode(error),
    [LOG_KEYS.errorMessage]: error.message,
  };
  const causes = causesOf(error);
  if (isBlackskyError(error) && error.hint !== undefined) fields[LOG_KEYS.errorHint] = error.hint;
  if (causes.length > 0) fields[LOG_KEYS.errorCause] = causes.join("; ");
  if (withStack && error.stack !== undefined) fields[LOG_KEYS.errorStack] = error.stack;
  return fields;
};
