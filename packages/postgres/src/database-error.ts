import { BlackskyError, errorCode, isBlackskyError } from "@blacksky/errors";

import { isLostConnection, isRetryableCode, isSqlstate } from "./sqlstates.ts";

interface Diagnosis {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const BY_CODE: Readonly<Record<string, Diagnosis>> = {
  "28P01": {
    code: "database.auth",
    message: "PostgreSQL refused the user or password of DATABASE_URL.",
    hint: "Copy DATABASE_URL again from where the database lives (on Heroku, `heroku config:get DATABASE_URL`) and restart.",
  },
  "28000": {
    code: "database.auth",
    message: "PostgreSQL does not let this user in from here.",
    hint: "Check the user of DATABASE_URL and the server's rules on who may connect (pg_hba.conf).",
  },
  "3D000": {
    code: "database.missing",
    message: "The database that DATABASE_URL names does not exist.",
    hint: "Create it (`createdb NAME`), or correct the last part of DATABASE_URL.",
  },
  "42501": {
    code: "database.permission",
    message: "The database user may not do this.",
    hint: "Let it create the schema `blacksky`: GRANT CREATE ON DATABASE … TO …; where another user made it: GRANT that user TO this one.",
  },
  "42P01": {
    code: "database.noTables",
    message: "The bot's tables are gone from the database.",
    hint: "They are made again and filled from this disk by themselves; do not wipe it before that.",
  },
  "25006": {
    code: "database.readOnly",
    message: "PostgreSQL accepts no writes now.",
    hint: "It is a follower or over its plan's size; point DATABASE_URL at the primary or take a larger plan.",
  },
  "53100": {
    code: "database.full",
    message: "PostgreSQL's disk is full.",
    hint: "Free space on its machine, or take a larger plan; nothing is lost meanwhile.",
  },
  "53300": {
    code: "database.tooManyConnections",
    message: "PostgreSQL has no connection left for us.",
    hint: "Something else holds them: close it, or take a plan with more. This bot needs two.",
  },
  "57P03": {
    code: "database.starting",
    message: "PostgreSQL is starting or shutting down.",
    hint: "It is tried again by itself.",
  },
  ECONNREFUSED: {
    code: "database.refused",
    message: "Nothing listens where DATABASE_URL points.",
    hint: "Start PostgreSQL there, or correct host and port of DATABASE_URL.",
  },
  ENOTFOUND: {
    code: "database.unknownHost",
    message: "The host of DATABASE_URL has no address.",
    hint: "Check its spelling and this machine's DNS.",
  },
};

const TLS_REQUIRED: Diagnosis = {
  code: "database.tlsRequired",
  message: "PostgreSQL accepts only encrypted connections.",
  hint: "Add ?sslmode=require to DATABASE_URL.",
};
const TLS_UNSUPPORTED: Diagnosis = {
  code: "database.tlsUnsupported",
  message: "This PostgreSQL does not speak TLS.",
  hint: "Add ?sslmode=disable to DATABASE_URL if the network between is yours.",
};
const TLS_CERTIFICATE: Diagnosis = {
  code: "database.tlsCertificate",
  message: "PostgreSQL's certificate could not be verified.",
  hint: "Name its authority with sslrootcert=, or use sslmode=require to encrypt without verifying.",
};
const TIMEOUT: Diagnosis = {
  code: "database.timeout",
  message: "PostgreSQL did not answer in time.",
  hint: "Check that the host of DATABASE_URL can be reached from here and is not overloaded.",
};
const LOST: Diagnosis = {
  code: "database.lost",
  message: "The connection to PostgreSQL broke.",
  hint: "It is tried again by itself.",
};

const failed = (code: string): Diagnosis => ({
  code: "database.failed",
  message: isSqlstate(code) ? `PostgreSQL answered with SQLSTATE ${code}.` : `PostgreSQL could not be used (${code}).`,
  hint: "See the cause; PostgreSQL's own log says more.",
});

const diagnose = (code: string, message: string): Diagnosis => {
  if (/^(?:28000|28P01)$/.test(code) && /no encryption|SSL off|requires? (?:SSL|TLS)/i.test(message))
    return TLS_REQUIRED;
  if (/does not support SSL/i.test(message)) return TLS_UNSUPPORTED;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code)) return TLS_CERTIFICATE;
  const known = BY_CODE[code === "EAI_AGAIN" ? "ENOTFOUND" : code];
  if (known !== undefined) return known;
  if (code === "ETIMEDOUT" || code === "57014" || /timeout/i.test(message)) return TIMEOUT;
  if (isLostConnection(code, message) || code.startsWith("57P")) return LOST;
  return failed(code);
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * What went wrong between us and PostgreSQL, in words a bot's owner can act on. Errors of ours pass unchanged. The
 * text never holds the URL, a host, a user or a value.
 */
export const describeDatabaseError = (error: unknown): BlackskyError => {
  if (isBlackskyError(error)) return error;
  const { code, message, hint } = diagnose(errorCode(error), messageOf(error));
  return new BlackskyError(code, message, { hint, cause: error });
};

const rootOf = (error: unknown): unknown => (isBlackskyError(error) && error.cause !== undefined ? error.cause : error);

/** Whether the same thing may work later without anybody's help. */
export const isRetryable = (error: unknown): boolean => {
  const root = rootOf(error);
  return isRetryableCode(errorCode(root), messageOf(root));
};
