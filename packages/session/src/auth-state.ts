import type { Store } from "@blacksky/store";
import type { AuthenticationState } from "@whiskeysockets/baileys";
import { createCreds, credsChange, isLinked, loadCreds } from "./creds.ts";
import { refuseMoved } from "./moved.ts";
import { createSignalKeys, type SessionLog } from "./signal-keys.ts";

/** Baileys' view of the session. */
export interface AuthState {
  /** For `makeWASocket({ auth })`. What `creds.update` reports is to be assigned to `state.creds`, then saved. */
  readonly state: AuthenticationState;
  /** Keeps `state.creds` as they are now; resolves once committed. */
  saveCreds(): Promise<void>;
  /** True once a phone is linked. */
  readonly registered: boolean;
}

export interface AuthStateOptions {
  readonly log?: SessionLog;
}

/**
 * Opens the session of a store for Baileys. Every `keys.set` is one transaction, committed when it resolves. Reading
 * takes microseconds, so nothing is cached: `makeCacheableSignalKeyStore` would only keep a second copy without a bound.
 *
 * @throws BlackskyError `session.notRestored`, `session.credsMissing`, `session.credsCorrupt`: never a new identity where
 * an old one should be. `session.moved`: it lives on another host now. Reading a damaged key rejects with `session.recordCorrupt` or `store.corruptRecord`.
 */
export const createAuthState = (store: Store, { log }: AuthStateOptions = {}): AuthState => {
  refuseMoved(store);
  const creds = loadCreds(store) ?? createCreds(store);
  return {
    state: { creds, keys: createSignalKeys(store, creds, log) },
    async saveCreds() {
      await store.write([credsChange(creds)]);
    },
    get registered() {
      return isLinked(creds);
    },
  };
};
