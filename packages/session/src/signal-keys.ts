import { errorCode } from "@blacksky/errors";
import type { RecordChange, Store } from "@blacksky/store";
import {
  proto,
  type AuthenticationCreds,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from "@whiskeysockets/baileys";
import { COMPANION_KIND, isKeyKind, keyOf, SESSION_PREFIX, type KeyKind } from "./kinds.ts";
import { isOwnSenderKey, normaliseSenderKey } from "./sender-key.ts";
import { recordCorrupt, unknownKind } from "./session-errors.ts";
import { decodeValue, encodeJsonBytes, encodeValue } from "./value-codec.ts";

/** Where failures to read go, besides to the caller; a `Logger` fits. */
export interface SessionLog {
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * The value of a key's bytes, as Baileys wants it.
 *
 * @throws BlackskyError `session.recordCorrupt`
 */
export const decodeKey = (kind: KeyKind, bytes: Uint8Array): unknown => {
  const value = decodeValue(kind, bytes);
  // Its bytes are base64 strings in JSON, which only the message type itself can tell.
  return kind === "app-state-sync-key"
    ? proto.Message.AppStateSyncKeyData.fromObject(value as Record<string, unknown>)
    : value;
};

/** The bytes of a key's value. Raises `session.recordCorrupt` for a sender key that is none. */
export const encodeKey = (creds: AuthenticationCreds, kind: KeyKind, id: string, value: unknown): Uint8Array =>
  kind === "sender-key" && value instanceof Uint8Array
    ? encodeJsonBytes(normaliseSenderKey(value, isOwnSenderKey(creds, id)))
    : encodeValue(value);

const describeCompanions = (companions: Readonly<Record<string, unknown>>): RecordChange[] =>
  Object.entries(companions).map(([key, value]) => {
    const isBytes = value instanceof Uint8Array;
    if (key.startsWith(SESSION_PREFIX) || (!isBytes && value !== null)) throw unknownKind(COMPANION_KIND);
    return { key, value: isBytes ? value : undefined };
  });

// Loops, and no chain of arrays: this runs twice for every message.
const describeChanges = (creds: AuthenticationCreds, keys: SignalDataSet): RecordChange[] => {
  const changes: RecordChange[] = [];
  for (const kind in keys) {
    const entries: Readonly<Record<string, unknown>> = keys[kind as KeyKind] ?? {};
    if (kind === COMPANION_KIND) {
      changes.push(...describeCompanions(entries));
      continue;
    }
    if (!isKeyKind(kind)) throw unknownKind(kind);
    for (const id in entries) {
      const value = entries[id];
      const isDeleted = value === null || value === undefined;
      changes.push({ key: keyOf(kind, id), value: isDeleted ? undefined : encodeKey(creds, kind, id, value) });
    }
  }
  return changes;
};

/**
 * Baileys' key store on ours. `set` is one transaction over all kinds, serialised before it returns and committed when it
 * resolves. `get` leaves out absent ids and rejects with `session.recordCorrupt` or `store.corruptRecord` for damaged
 * ones; it logs them too, because Baileys keeps some failed reads to itself and goes on without the key.
 */
export const createSignalKeys = (store: Store, creds: AuthenticationCreds, log?: SessionLog): SignalKeyStore => {
  const read = (kind: KeyKind, id: string): unknown => {
    try {
      const bytes = store.get(keyOf(kind, id));
      return bytes === undefined ? undefined : decodeKey(kind, bytes);
    } catch (error) {
      const known = errorCode(error).includes(".") ? error : recordCorrupt(kind, "it is not what its kind must be");
      log?.error("a key of the session cannot be read", { kind, error: known });
      throw known;
    }
  };
  return {
    async get<Kind extends KeyKind>(kind: Kind, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[Kind] } = {};
      for (const id of ids) {
        const value = read(kind, id);
        // The kind says which type was written under it.
        if (value !== undefined) found[id] = value as SignalDataTypeMap[Kind];
      }
      return found;
    },
    async set(keys) {
      const changes = describeChanges(creds, keys);
      if (changes.length > 0) await store.write(changes);
    },
  };
};
