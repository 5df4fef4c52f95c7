/** Conditions by which PostgreSQL, or the way to it, says "not now": the same statement may work later. */
const RETRYABLE_SQLSTATES = new Set([
  "25006", // read_only_sql_transaction: a fail-over in progress, or a plan over its size
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "53100", // disk_full
  "53200", // out_of_memory
  "53300", // too_many_connections
  "53400", // configuration_limit_exceeded
  "55P03", // lock_not_available
  "57014", // query_canceled
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
  "58000", // system_error
  "58030", // io_error
  "25P03", // idle_in_transaction_session_timeout
]);

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EMFILE",
]);

// pg gives these no code. The last one is that of a server which is too busy to answer whether it speaks TLS.
const LOST_CONNECTION =
  /connection terminated|connection ended|timeout expired|timeout exceeded|query read timeout|not queryable|was destroyed|socket hang ?up|client was closed|error establishing an SSL connection/i;

/** True for a five-character SQLSTATE, which only a server that answered can have sent. */
export const isSqlstate = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && !NETWORK_CODES.has(code);

/** The way to the server is broken, whatever the server itself thinks. */
export const isLostConnection = (code: string, message: string): boolean =>
  NETWORK_CODES.has(code) || code.startsWith("08") || LOST_CONNECTION.test(message);

/** The one list of what is worth trying again, by code and message. */
export const isRetryableCode = (code: string, message: string): boolean =>
  RETRYABLE_SQLSTATES.has(code) || isLostConnection(code, message);
