import { describe } from "./describe.ts";
import type { Env } from "./env.ts";
import { type EnvSource, setVariables } from "./parse-env.ts";
import type { Role } from "./variable-registry.ts";

// What any program may need from its surroundings; nothing in here is a secret of the bot. NODE_OPTIONS carries the
// owner's heap limits, the certificates let TLS through a company's proxy.
const SURROUNDINGS = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "TEMP",
  "TMP",
  "SystemRoot",
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "NO_COLOR",
  "FORCE_COLOR",
];

/**
 * The raw environment of one child: the variables it uses and the surroundings, nothing else. The keeper sees neither
 * `DATABASE_URL` nor a key.
 */
export const sliceFor = (role: Role, source: EnvSource): Record<string, string> => {
  const slice: Record<string, string> = {};
  for (const name of SURROUNDINGS) {
    const value = source[name];
    if (value !== undefined) slice[name] = value;
  }
  const set = setVariables(source);
  for (const { name, usedBy } of describe()) {
    const value = set[name];
    if (value !== undefined && usedBy.includes(role)) slice[name] = value;
  }
  return slice;
};

/** Variables that somebody has set and nothing goes by yet: they want to know. */
export const plannedVariables = (source: EnvSource): string[] => {
  const set = setVariables(source);
  return describe().flatMap(({ name, planned, heroku }) =>
    // What the platform sets by itself is nobody's wish.
    planned && heroku !== "provided" && set[name] !== undefined && name !== "HEROKU" ? [name] : [],
  );
};

const passwordsIn = (url: string): readonly string[] => {
  const { password } = new URL(url);
  return password === "" ? [] : [password, decodeURIComponent(password)];
};

/** Every secret in the configuration, for the logger's redaction: also the database's password by itself. */
export const secretValues = (env: Env): string[] => {
  const secrets = new Set<string>();
  for (const { name, secret } of describe()) {
    const value = env[name];
    if (!secret) continue;
    if (typeof value === "string") secrets.add(value);
    else if (Array.isArray(value)) for (const one of value) secrets.add(one);
  }
  if (env.DATABASE_URL !== undefined) for (const password of passwordsIn(env.DATABASE_URL)) secrets.add(password);
  return [...secrets];
};
