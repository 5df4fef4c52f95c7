import { errorCode } from "@blacksky/errors";
import type { Store } from "@blacksky/store";
import { isLinked, loadCreds } from "./creds.ts";
import { CREDS_KEY, isKeyKind, SESSION_PREFIX } from "./kinds.ts";
import { decodeKey } from "./signal-keys.ts";

/** The records of one kind; `session/<kind>` is named by its kind alone, anything else by its family. */
export interface KindFigures {
  readonly kind: string;
  readonly count: number;
  /** Bytes of the values that could be read. */
  readonly bytes: number;
  /** Records that fail their checksum, or are not what their kind must be. */
  readonly damaged: number;
}

/** What is in a store, without a key or an id. */
export interface SessionInspection {
  readonly kinds: readonly KindFigures[];
  /** `unlinked`: complete, and no phone has linked them. */
  readonly creds: "linked" | "unlinked" | "missing" | "damaged";
  /** True when every record can be read, and credentials are there wherever there are keys. */
  readonly sound: boolean;
}

const kindOf = (key: string): string => {
  const [family = "", kind = ""] = key.split("/");
  return `${family}/` === SESSION_PREFIX ? kind : family;
};

/** Bytes of a readable record, `undefined` for a damaged one. */
const measure = (store: Store, key: string): number | undefined => {
  try {
    const value = store.get(key);
    if (value === undefined) return 0;
    const kind = kindOf(key);
    if (key.startsWith(SESSION_PREFIX) && key !== CREDS_KEY) {
      if (!isKeyKind(kind)) return undefined;
      decodeKey(kind, value);
    }
    return value.byteLength;
  } catch (error) {
    // What ails the whole store is not one record's damage.
    if (errorCode(error).startsWith("store.") && errorCode(error) !== "store.corruptRecord") throw error;
    return undefined;
  }
};

const judgeCreds = (store: Store): SessionInspection["creds"] => {
  try {
    const creds = loadCreds(store);
    if (creds === undefined) return "missing";
    return isLinked(creds) ? "linked" : "unlinked";
  } catch (error) {
    if (errorCode(error) === "session.credsCorrupt") return "damaged";
    throw error;
  }
};

/**
 * Reads and decodes every record of a store.
 *
 * @throws BlackskyError `store.corrupt` and its like, where it is not one record that is damaged
 */
export const inspectSession = (store: Store): SessionInspection => {
  const kinds = new Map<string, KindFigures>();
  for (const key of store.keys("")) {
    const kind = kindOf(key);
    const { count, bytes, damaged } = kinds.get(kind) ?? { count: 0, bytes: 0, damaged: 0 };
    const size = measure(store, key);
    kinds.set(kind, {
      kind,
      count: count + 1,
      bytes: bytes + (size ?? 0),
      damaged: damaged + (size === undefined ? 1 : 0),
    });
  }
  const creds = judgeCreds(store);
  const hasKeys = store.count(SESSION_PREFIX) > 0;
  const figures = [...kinds.values()];
  const readable = figures.every(({ damaged }) => damaged === 0) && creds !== "damaged";
  return { kinds: figures, creds, sound: readable && !(hasKeys && creds === "missing") };
};
