/** The names of fields, one for each thing, so that a search finds it in every process. */
export const LOG_KEYS = {
  /** The process: `runner`, `bot`, `keeper`, `backup`. */
  system: "system",
  /** The part of it: `socket`, `replicator`. */
  subsystem: "subsystem",
  /** A worker the runner speaks of. */
  child: "child",
  /** Which start of that worker. */
  generation: "generation",
  /** A WhatsApp address; only the end of its user part is written. */
  jid: "jid",
  notificationId: "notification_id",
  errorCode: "error.code",
  errorMessage: "error.message",
  errorHint: "error.hint",
  errorStack: "error.stack",
  errorCause: "error.cause",
} as const;
