/** Why a socket ended, in the words of `connection.socketClosed`. Times in epoch milliseconds. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
  readonly origin: "stream" | "failure" | "send" | "local";
  readonly intentional: boolean;
  readonly expiresAt: number | null;
}

/** Baileys' own default where it has no code; says nothing about the session. */
const UNKNOWN_CODE = 500;
const CONNECTION_CLOSED = 428;
const LOGGED_OUT = 401;
const TEMPORARY_BAN = 402;
/** A later number is a moment, not a duration: nobody is banned for thirty years. */
const LONGEST_BAN_S = 1_000_000_000;
const REASON_LENGTH = 200;

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const originOf = (message: string): CloseReason["origin"] => {
  if (message.startsWith("Connection Failure")) return "failure";
  // Baileys itself gave up: nobody scanned in time.
  return message.startsWith("QR refs") ? "local" : "stream";
};

/** A temporary ban carries the seconds it still lasts. */
const banEnd = (error: unknown, now: number): number | null => {
  const seconds = Number(field(field(error, "data"), "expire"));
  if (!Number.isFinite(seconds) || seconds <= 0) return null;
  return seconds > LONGEST_BAN_S ? seconds * 1000 : now + seconds * 1000;
};

/** This side ended the socket, on request. */
export const closedOnRequest = (reason: string): CloseReason => ({
  code: CONNECTION_CLOSED,
  reason,
  origin: "local",
  intentional: true,
  expiresAt: null,
});

/** This side logged out, on request; whichever of WhatsApp's goodbye and our own end came first. */
export const loggedOutOnRequest: CloseReason = {
  code: LOGGED_OUT,
  reason: "Intentional Logout",
  origin: "local",
  intentional: true,
  expiresAt: null,
};

/**
 * Reads `lastDisconnect.error` (a Boom, most of the time).
 *
 * @param now epoch milliseconds, for the end of a ban
 */
export const readCloseReason = (error: unknown, now: number): CloseReason => {
  const code = Number(field(field(error, "output"), "statusCode") ?? UNKNOWN_CODE);
  const message =
    error instanceof Error || field(error, "message") !== undefined ? String(field(error, "message")) : "";
  return {
    code: Number.isInteger(code) ? code : UNKNOWN_CODE,
    reason: message.slice(0, REASON_LENGTH),
    origin: originOf(message),
    intentional: message === "Intentional Logout",
    expiresAt: code === TEMPORARY_BAN ? banEnd(error, now) : null,
  };
};
