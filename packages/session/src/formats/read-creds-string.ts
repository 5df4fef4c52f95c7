import { gunzipSync } from "node:zlib";
import { credsChange } from "../creds.ts";
import { importRefused } from "../session-errors.ts";
import { parseCreds } from "./parse-creds.ts";
import type { SessionSource } from "./session-source.ts";

// Credentials are some 5 KB; a gzip bomb is not.
const MAX_JSON_BYTES = 1 << 20;
const BASE64 = /^[A-Za-z0-9+/_-]+=*$/;

const NOT_CREDS = "it is no creds.json in base64";
const NOT_CREDS_HINT = "Some bots' SESSION_ID is only the number of a file on a web page; get the creds.json itself.";

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const decode = (text: string): string => {
  const compact = text.replaceAll(/\s+/g, "");
  if (compact.startsWith("{")) return text;
  // Behind a name of the bot that made it: `Name~…`, `Name;;;…`, `Name:…`.
  const body = compact.split(/[~;:>&!|]+/).at(-1) ?? "";
  const bytes = BASE64.test(body) ? Buffer.from(body, "base64") : Buffer.alloc(0);
  try {
    const json = (isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MAX_JSON_BYTES }) : bytes).toString("utf8");
    if (json.trimStart().startsWith("{")) return json;
  } catch {
    // The error below says it.
  }
  throw importRefused(NOT_CREDS, NOT_CREDS_HINT);
};

/**
 * Opens what other bots call SESSION_ID: a `creds.json` in base64, perhaps compressed by gzip, perhaps behind the bot's
 * name; or its JSON as it is.
 *
 * @throws BlackskyError `session.importRefused`
 */
export const readCredsString = (text: string): SessionSource => {
  const creds = parseCreds(decode(text));
  return {
    format: "creds",
    position: undefined,
    replicaId: undefined,
    records: [credsChange(creds)],
    warnings: [
      "Only credentials are in this string, no Signal keys: every chat begins a new encryption session, and messages sent meanwhile may not be readable.",
      "The bot that used it must not run again: two bots on one session lose messages.",
    ],
  };
};
