import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  initAuthCreds,
  type SignalDataSet,
  type SignalKeyStore,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
} from "@whiskeysockets/baileys";

// Baileys' logger, which says nothing.
const quiet = (): void => undefined;
const logger = { level: "silent", child: () => logger, trace: quiet, debug: quiet, info: quiet, error: quiet } as never;

/** One end of a chat, with Baileys' own Signal repository. */
export interface End {
  readonly repository: SignalRepositoryWithLIDStore;
  readonly keys: SignalKeyStoreWithTransaction;
  /** What the other end begins a session with. */
  readonly bundle: Parameters<SignalRepositoryWithLIDStore["injectE2ESession"]>[0]["session"];
}

const inMemory = (): SignalKeyStore => {
  const stored: Record<string, Record<string, unknown>> = {};
  return {
    get: (type, ids) => Object.fromEntries(ids.map((id) => [id, stored[type]?.[id] ?? undefined])) as never,
    set: (changes: SignalDataSet) => {
      for (const [type, values] of Object.entries(changes)) stored[type] = { ...stored[type], ...values };
    },
  };
};

/** Somebody new, whose keys are kept in memory or where the test says. */
export const createEnd = async (base: SignalKeyStore = inMemory()): Promise<End> => {
  const keys = addTransactionCapability(base, logger, { maxCommitRetries: 1, delayBetweenTriesMs: 1 });
  const creds = initAuthCreds();
  const preKey = Curve.generateKeyPair();
  await keys.set({ "pre-key": { 1: preKey } });
  const { signedPreKey } = creds;
  return {
    repository: DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, logger),
    keys,
    bundle: {
      registrationId: creds.registrationId,
      identityKey: generateSignalPubKey(creds.signedIdentityKey.public),
      signedPreKey: {
        keyId: signedPreKey.keyId,
        publicKey: generateSignalPubKey(signedPreKey.keyPair.public),
        signature: signedPreKey.signature,
      },
      preKey: { keyId: 1, publicKey: generateSignalPubKey(preKey.public) },
    },
  };
};
