import { BlackskyError } from "@blacksky/errors";
import { describe, expect, test } from "@jest/globals";

import { describeDatabaseError, isRetryable } from "./database-error.ts";

const failure = (code: string | undefined, message = "secret-host said no"): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

const CASES: readonly (readonly [string, Error, string, boolean])[] = [
  ["a refused connection", failure("ECONNREFUSED"), "database.refused", true],
  ["an unknown host", failure("ENOTFOUND"), "database.unknownHost", true],
  ["DNS that is down", failure("EAI_AGAIN"), "database.unknownHost", true],
  ["a reset connection", failure("ECONNRESET"), "database.lost", true],
  ["a connection that ended", failure(undefined, "Connection terminated unexpectedly"), "database.lost", true],
  ["a connection timeout", failure(undefined, "timeout expired"), "database.timeout", true],
  ["a busy pool", failure(undefined, "timeout exceeded when trying to connect"), "database.timeout", true],
  ["a slow answer", failure(undefined, "Query read timeout"), "database.timeout", true],
  ["a network timeout", failure("ETIMEDOUT"), "database.timeout", true],
  ["a wrong password", failure("28P01"), "database.auth", false],
  ["a host that may not connect", failure("28000", "no pg_hba.conf entry"), "database.auth", false],
  [
    "TLS that is required",
    failure("28000", "no pg_hba.conf entry for host, no encryption"),
    "database.tlsRequired",
    false,
  ],
  [
    "TLS that is not spoken",
    failure(undefined, "The server does not support SSL connections"),
    "database.tlsUnsupported",
    false,
  ],
  [
    "a server too busy to say whether it speaks TLS",
    failure(undefined, "There was an error establishing an SSL connection"),
    "database.lost",
    true,
  ],
  ["a certificate nobody signed", failure("DEPTH_ZERO_SELF_SIGNED_CERT"), "database.tlsCertificate", false],
  ["too many connections", failure("53300"), "database.tooManyConnections", true],
  ["a full disk", failure("53100"), "database.full", true],
  ["a missing database", failure("3D000"), "database.missing", false],
  ["a missing permission", failure("42501"), "database.permission", false],
  ["a database that was emptied", failure("42P01"), "database.noTables", false],
  ["a follower", failure("25006"), "database.readOnly", true],
  ["a server that starts", failure("57P03"), "database.starting", true],
  ["a server that stops", failure("57P01"), "database.lost", true],
  ["a deadlock", failure("40P01"), "database.failed", true],
  ["a syntax error", failure("42601"), "database.failed", false],
  ["anything else", failure(undefined), "database.failed", false],
];

describe("describeDatabaseError", () => {
  test.each(CASES)("knows %s, and whether to try again", (_, error, code, retryable) => {
    const described = describeDatabaseError(error);
    expect(described).toMatchObject({ code, cause: error });
    expect(described.hint).toMatch(/\.$/);
    expect([described.message, described.hint].join(" ")).not.toContain("secret-host");
    expect(isRetryable(error)).toBe(retryable);
    expect(isRetryable(described)).toBe(retryable);
  });

  test("leaves our own errors as they are", () => {
    const fenced = new BlackskyError("replica.fenced", "Taken.");
    expect(describeDatabaseError(fenced)).toBe(fenced);
    expect(isRetryable(fenced)).toBe(false);
  });
});
