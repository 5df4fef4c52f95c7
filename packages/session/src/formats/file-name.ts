import { KEY_KINDS, type KeyKind } from "../kinds.ts";

/** Name of the file that holds the credentials. */
export const CREDS_FILE = "creds.json";

const escape = (name: string): string => name.replaceAll("/", "__").replaceAll(":", "-");

/** Baileys' own name (`useMultiFileAuthState`) of the file that holds a key. */
export const fileNameOf = (kind: KeyKind, id: string): string => escape(`${kind}-${id}.json`);

// `sender-key-memory-…` begins like `sender-key-…`.
const LONGEST_FIRST = KEY_KINDS.toSorted((a, b) => b.length - a.length);

const SENDER_KEY = /^(.+)--(.+)--(\d+)$/;

/**
 * Baileys' escaping cannot be undone in general; it can for the ids that the kinds have. A `/` stands only in the base64
 * of an app-state sync key (whose alphabet has no `_`), a `:` only in a sender key's `group::user::device`, whose group
 * may hold dashes of its own.
 */
const unescapeId = (kind: KeyKind, escaped: string): string => {
  if (kind === "app-state-sync-key") return escaped.replaceAll("__", "/");
  return kind === "sender-key" ? escaped.replace(SENDER_KEY, "$1::$2::$3") : escaped;
};

/** The key that a file of Baileys' holds; `undefined` for a name that no key of a known kind has. */
export const parseFileName = (name: string): { readonly kind: KeyKind; readonly id: string } | undefined => {
  if (!name.endsWith(".json")) return undefined;
  const kind = LONGEST_FIRST.find((one) => name.startsWith(`${one}-`));
  if (kind === undefined) return undefined;
  const id = unescapeId(kind, name.slice(kind.length + 1, -".json".length));
  return id === "" || fileNameOf(kind, id) !== name ? undefined : { kind, id };
};
