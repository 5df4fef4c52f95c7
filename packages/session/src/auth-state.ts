import { BlackskyError } from "@blacksky/errors";
import type { RecordChange, Store } from "@blacksky/store";
import {
  proto,
  type AuthenticationCreds,
  type AuthenticationState,
  type SignalDataSet,
  type SignalDataTypeMap,
} from "@whiskeysockets/baileys";
import { createCreds, credsChange, loadCreds } from "./creds.ts";
import { isKeyKind, keyOf, type KeyKind } from "./kinds.ts";
import { isOwnSenderKey, normaliseSenderKey } from "./sender-key.ts";
import { decodeValue, encodeValue } from "./value-codec.ts";

/** Baileys' view of the session. */
export interface AuthState {
  readonly state: AuthenticationState;
  /** Keeps `state.creds` as they are now; resolves once committed. */
  saveCreds(): Promise<void>;
  /** True once a phone is linked. */
  readonly registered: boolean;
}

const decodeKey = (kind: KeyKind, bytes: Uint8Array): unknown => {
  const value = decodeValue(kind, bytes);
  // Its bytes are base64 strings in JSON, which only the message type itself can tell.
  return kind === "app-state-sync-key"
    ? proto.Message.AppStateSyncKeyData.fromObject(value as Record<string, unknown>)
    : value;
};

const encodeKey = (creds: AuthenticationCreds, kind: KeyKind, id: string, value: unknown): Uint8Array =>
  kind === "sender-key" && value instanceof Uint8Array
    ? encodeValue(normaliseSenderKey(value, isOwnSenderKey(creds, id)))
    : encodeValue(value);

const describeChanges = (creds: AuthenticationCreds, data: SignalDataSet): RecordChange[] => {
  const changes: RecordChange[] = [];
  for (const [kind, entries] of Object.entries(data)) {
    if (!isKeyKind(kind)) {
      throw new BlackskyError("session.unknownKind", `Baileys keeps a kind of key that is not known here: ${kind}.`, {
        hint: "Use the Baileys version that this release pins.",
      });
    }
    for (const [id, value] of Object.entries(entries)) {
      changes.push({
        key: keyOf(kind, id),
        value: value === null || value === undefined ? undefined : encodeKey(creds, kind, id, value),
      });
    }
  }
  return changes;
};

/**
 * Opens the session of a store for Baileys. Every `keys.set` is one transaction, committed when it resolves. Reading
 * takes microseconds, so nothing is cached: `makeCacheableSignalKeyStore` would only keep a second copy without a bound.
 *
 * @throws BlackskyError `session.notRestored`, `session.credsMissing`, `session.credsCorrupt`: never a new identity where
 * an old one should be. Reading a damaged key rejects with `session.recordCorrupt` or `store.corruptRecord`.
 */
export const createAuthState = (store: Store): AuthState => {
  const creds = loadCreds(store) ?? createCreds(store);
  return {
    state: {
      creds,
      keys: {
        get<Kind extends KeyKind>(kind: Kind, ids: string[]): { [id: string]: SignalDataTypeMap[Kind] } {
          const found: { [id: string]: SignalDataTypeMap[Kind] } = {};
          for (const id of ids) {
            const bytes = store.get(keyOf(kind, id));
            // The kind says which type was written under it.
            if (bytes !== undefined) found[id] = decodeKey(kind, bytes) as SignalDataTypeMap[Kind];
          }
          return found;
        },
        async set(data) {
          const changes = describeChanges(creds, data);
          if (changes.length > 0) await store.write(changes);
        },
      },
    },
    async saveCreds() {
      await store.write([credsChange(creds)]);
    },
    get registered() {
      return creds.me !== undefined && creds.account !== undefined;
    },
  };
};
