import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
} from "@whiskeysockets/baileys";
import type { SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";
import { createAuthState } from "../auth-state.ts";
import type { AuthState } from "../auth-state.ts";
import { FRESH_ORIGIN, ORIGIN_META } from "../origin.ts";

const silent = () => undefined;
/** Baileys' logger, which says nothing. */
export const silentLogger = {
  level: "silent",
  child: () => silentLogger,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
};

/** A fresh directory and its removal. */
export const makeDirectory = (): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), "blacksky-session-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** Opens a store in which a new identity may be made. */
export const openFreshStore = (path: string): Store => {
  const store = openStore({ path });
  store.meta.set(ORIGIN_META, FRESH_ORIGIN);
  return store;
};

type Repository = ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;

/** Somebody with a device: a store, the session in it, and Baileys' real Signal repository on top. */
export interface Party {
  readonly jid: string;
  readonly store: Store;
  readonly auth: AuthState;
  readonly repository: Repository;
  /** What the server would hand out to one who has never written to us. */
  bundle(preKeyId: number): Promise<Parameters<Repository["injectE2ESession"]>[0]["session"]>;
  close(): Promise<void>;
}

/** Opens the party that lives in `path`, as after a restart. */
export const openParty = async (path: string, jid: string, lid?: string): Promise<Party> => {
  const store = openFreshStore(path);
  const auth = createAuthState(store);
  const { creds } = auth.state;
  creds.me = lid === undefined ? { id: jid } : { id: jid, lid };
  await auth.saveCreds();
  const keys: SignalKeyStoreWithTransaction = addTransactionCapability(auth.state.keys, silentLogger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 1,
  });
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, silentLogger);
  return {
    jid,
    store,
    auth,
    repository,
    async bundle(preKeyId) {
      const preKey = Curve.generateKeyPair();
      await keys.set({ "pre-key": { [preKeyId]: preKey } });
      const { signedPreKey, signedIdentityKey, registrationId } = creds;
      return {
        registrationId,
        identityKey: generateSignalPubKey(signedIdentityKey.public),
        signedPreKey: {
          keyId: signedPreKey.keyId,
          publicKey: generateSignalPubKey(signedPreKey.keyPair.public),
          signature: signedPreKey.signature,
        },
        preKey: { keyId: preKeyId, publicKey: generateSignalPubKey(preKey.public) },
      };
    },
    async close() {
      repository.close?.();
      await store.close();
    },
  };
};
