import { readFileSync } from "node:fs";

import { BlackskyError } from "@blacksky/errors";

/**
 * How the server proves who it is: not at all, by encryption alone, or by a certificate that names its `host`, which is
 * said here because for an address Node.js would look for "localhost" in the certificate.
 */
export type TlsOptions =
  | false
  | { readonly rejectUnauthorized: false; readonly ca?: string }
  | { readonly rejectUnauthorized: true; readonly host: string; readonly ca?: string };

/** A connection URL taken apart, as pg wants it. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl: TlsOptions;
}

const VERIFIED = new Set(["verify-ca", "verify-full"]);
const PLAIN = new Set(["disable", "allow"]);

const isLocal = (host: string): boolean =>
  host.startsWith("/") || host === "localhost" || host === "::1" || /^127(?:\.\d+){3}$/.test(host);

const invalid = (problem: string, cause?: unknown): BlackskyError =>
  new BlackskyError("database.url", `DATABASE_URL ${problem}.`, {
    hint: "It looks like postgres://user:password@host:5432/name; characters such as @ or / in the password are percent-encoded.",
    cause,
  });

const parse = (connectionString: string): URL => {
  // `user:password@/name?host=/socket` is right for PostgreSQL, but no URL without a host.
  const complete = connectionString.replace(/^([a-z]+:\/\/(?:[^/]*@)?)\//, "$1localhost/");
  if (!URL.canParse(complete)) throw invalid("is not a URL");
  const url = new URL(complete);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") throw invalid("does not begin with postgres://");
  return url;
};

const readAuthority = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw invalid("names an sslrootcert that cannot be read", cause);
  }
};

/**
 * Whether and how to use TLS. Heroku and its like demand it and sign their own certificates, so without word in the URL
 * another machine is reached encrypted but unverified, and this machine in the clear.
 */
export const tlsOptions = (host: string, parameters: URLSearchParams): TlsOptions => {
  const mode = parameters.get("sslmode") ?? (parameters.get("ssl") === "false" ? "disable" : undefined);
  if (host.startsWith("/") || (mode !== undefined && PLAIN.has(mode))) return false;
  const asked = mode !== undefined || parameters.get("ssl") === "true";
  if (isLocal(host) && !(asked && mode !== "prefer")) return false;
  const authority = parameters.get("sslrootcert");
  const ca = authority === null || authority === "system" ? {} : { ca: readAuthority(authority) };
  const isVerified = mode !== undefined && VERIFIED.has(mode);
  return isVerified ? { rejectUnauthorized: true, host, ...ca } : { rejectUnauthorized: false, ...ca };
};

/**
 * Takes a connection URL apart.
 *
 * @throws BlackskyError `database.url`, which never quotes the URL
 */
export const connectionOptions = (connectionString: string): ConnectionOptions => {
  const url = parse(connectionString);
  try {
    const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname).replaceAll(/^\[|\]$/g, "");
    const user = decodeURIComponent(url.username);
    return {
      host,
      port: Number(url.searchParams.get("port") ?? (url.port === "" ? 5432 : url.port)),
      user,
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)) || user,
      ssl: tlsOptions(host, url.searchParams),
    };
  } catch (cause) {
    throw cause instanceof BlackskyError ? cause : invalid("is not percent-encoded correctly", undefined);
  }
};
