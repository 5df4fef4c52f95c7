import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  initAuthCreds,
  type SignalDataSet,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
} from "@whiskeysockets/baileys";
import { installConsoleGuard } from "../console/console-guard.ts";
import { spareSessions } from "./spare-sessions.ts";

// libsignal prints whole sessions.
const guard = installConsoleGuard(console);
afterAll(() => guard.restore());

const quiet = (): void => undefined;
const logger = { level: "silent", child: () => logger, trace: quiet, debug: quiet, info: quiet, error: quiet } as never;
const ALICE = "1001@lid";
const BOT = "1002:3@lid";

/** One end of a chat, with Baileys' own Signal repository over keys in memory. */
interface End {
  readonly repository: SignalRepositoryWithLIDStore;
  readonly keys: SignalKeyStoreWithTransaction;
  /** What the other end begins a session with. */
  readonly bundle: Parameters<SignalRepositoryWithLIDStore["injectE2ESession"]>[0]["session"];
}

const createEnd = async (): Promise<End> => {
  const stored: Record<string, Record<string, unknown>> = {};
  const keys = addTransactionCapability(
    {
      get: (type, ids) => Object.fromEntries(ids.map((id) => [id, stored[type]?.[id] ?? undefined])) as never,
      set: (changes: SignalDataSet) => {
        for (const [type, values] of Object.entries(changes)) stored[type] = { ...stored[type], ...values };
      },
    },
    logger,
    { maxCommitRetries: 1, delayBetweenTriesMs: 1 },
  );
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

describe("spareSessions", () => {
  let alice: End;
  let bot: End;

  const pass = async (from: End, to: End, text: string): Promise<string> => {
    const [sender, receiver] = from === alice ? [ALICE, BOT] : [BOT, ALICE];
    const sealed = await from.repository.encryptMessage({ jid: receiver, data: Buffer.from(text) });
    return Buffer.from(await to.repository.decryptMessage({ jid: sender, ...sealed })).toString();
  };

  /** A message of Alice's in the old session reaches the bot after it has begun a new one; then the bot answers. */
  const crossOver = async (): Promise<string> => {
    await alice.repository.injectE2ESession({ jid: BOT, session: bot.bundle });
    await pass(alice, bot, "hello");
    await pass(bot, alice, "hello yourself");
    const late = await alice.repository.encryptMessage({ jid: BOT, data: Buffer.from("still in the old session") });
    await bot.repository.injectE2ESession({ jid: ALICE, session: alice.bundle });
    await bot.repository.decryptMessage({ jid: ALICE, ...late });
    return pass(bot, alice, "in the new session");
  };

  beforeEach(async () => {
    [alice, bot] = await Promise.all([createEnd(), createEnd()]);
  });

  test("keeps a new session whole while messages of the old one still arrive", async () => {
    spareSessions(bot.repository, bot.keys);
    expect(await crossOver()).toBe("in the new session");
    expect(await pass(alice, bot, "and back")).toBe("and back");
    expect(await pass(bot, alice, "and forth")).toBe("and forth");
  });

  test("is needed: libsignal alone spoils the new session", async () => {
    await expect(crossOver()).rejects.toThrow("Bad MAC");
  });
});
