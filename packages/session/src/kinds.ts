import type { SignalDataTypeMap } from "@whiskeysockets/baileys";

/** A kind of Signal key, in Baileys' own spelling. */
export type KeyKind = keyof SignalDataTypeMap;

/** Every kind; a new one in Baileys does not compile until it is listed here. */
export const KEY_KINDS = [
  "pre-key",
  "session",
  "sender-key",
  "sender-key-memory",
  "app-state-sync-key",
  "app-state-sync-version",
  "lid-mapping",
  "device-list",
  "tctoken",
  "identity-key",
] as const satisfies readonly KeyKind[];

type Missing = Exclude<KeyKind, (typeof KEY_KINDS)[number]>;
const nothingIsMissing: Missing extends never ? true : Missing = true;
void nothingIsMissing;

/** Everything of the session lies below this. */
export const SESSION_PREFIX = "session/";

/** Where the device's own credentials are kept. */
export const CREDS_KEY = `${SESSION_PREFIX}creds`;

/** Where one key is kept. */
export const keyOf = (kind: KeyKind, id: string): string => `${SESSION_PREFIX}${kind}/${id}`;

/**
 * No kind of Baileys': other records of the store, by their whole keys, that are to be committed in the transaction of the
 * keys they are handed in with. Values are bytes; `null` deletes.
 */
export const COMPANION_KIND = "companion";

/** Narrows a name that Baileys gives. */
export const isKeyKind = (name: string): name is KeyKind => (KEY_KINDS as readonly string[]).includes(name);
