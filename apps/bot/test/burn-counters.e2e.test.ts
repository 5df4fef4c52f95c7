import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  initAuthCreds,
  type SignalDataSet,
  type WASocket,
} from "@whiskeysockets/baileys";
import { createSessionMender } from "../src/socket/session-mender.ts";

const silent = { level: "silent", trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const logger = { ...silent, child: () => logger };

/** A device in memory whose keys can be put back to an earlier state. */
const createDevice = () => {
  const creds = initAuthCreds();
  let kept = new Map<string, unknown>();
  const name = (kind: string, id: string): string => `${kind}/${id}`;
  const keys = addTransactionCapability(
    {
      get: async (kind, ids) => {
        const known = ids.filter((id) => kept.has(name(kind, id)));
        return Object.fromEntries(known.map((id) => [id, structuredClone(kept.get(name(kind, id)))])) as never;
      },
      set: async (changes: SignalDataSet) => {
        for (const [kind, entries] of Object.entries(changes)) {
          for (const [id, value] of Object.entries(entries ?? {})) kept.set(name(kind, id), value);
        }
      },
    },
    logger,
    { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
  );
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, logger);
  return {
    creds,
    keys,
    repository,
    remember: () => {
      const copy = structuredClone(kept);
      return () => void (kept = copy);
    },
  };
};

const BOT = "100:1@s.whatsapp.net";
const PEER = "200@s.whatsapp.net";
const GROUP = "1@g.us";

/** A bot in a session with somebody, both ways, and in a group with him. */
const createPair = async () => {
  const [bot, peer] = [createDevice(), createDevice()];
  const preKey = Curve.generateKeyPair();
  await peer.keys.set({ "pre-key": { 1: preKey } });
  const { signedPreKey, signedIdentityKey, registrationId } = peer.creds;
  await bot.repository.injectE2ESession({
    jid: PEER,
    session: {
      registrationId,
      identityKey: generateSignalPubKey(signedIdentityKey.public),
      signedPreKey: {
        keyId: signedPreKey.keyId,
        publicKey: generateSignalPubKey(signedPreKey.keyPair.public),
        signature: signedPreKey.signature,
      },
      preKey: { keyId: 1, publicKey: generateSignalPubKey(preKey.public) },
    },
  });
  const say = async (): Promise<boolean> => {
    const { type, ciphertext } = await bot.repository.encryptMessage({ jid: PEER, data: Buffer.from("hello") });
    return peer.repository.decryptMessage({ jid: BOT, type, ciphertext }).then(
      () => true,
      () => false,
    );
  };
  const sayToGroup = async (introduces = false): Promise<boolean> => {
    const data = Buffer.from("hello");
    const sealed = await bot.repository.encryptGroupMessage({ group: GROUP, meId: BOT, data });
    const item = { groupId: GROUP, axolotlSenderKeyDistributionMessage: sealed.senderKeyDistributionMessage };
    if (introduces) await peer.repository.processSenderKeyDistributionMessage({ item, authorJid: BOT });
    return peer.repository.decryptGroupMessage({ group: GROUP, authorJid: BOT, msg: sealed.ciphertext }).then(
      () => true,
      () => false,
    );
  };
  await say();
  const back = await peer.repository.encryptMessage({ jid: BOT, data: Buffer.from("hello") });
  await bot.repository.decryptMessage({ jid: PEER, ...back });
  await say();
  await sayToGroup(true);
  const { keys, creds, repository } = bot;
  const socket = { authState: { keys, creds }, signalRepository: repository, ws: { isOpen: true } };
  // Only what the tools touch.
  return { mender: createSessionMender(socket as unknown as WASocket), say, sayToGroup, remember: bot.remember };
};

const failuresOf = async (times: number, say: () => Promise<boolean>): Promise<number> => {
  let failures = 0;
  for (let said = 0; said < times; said += 1) failures += (await say()) ? 0 : 1;
  return failures;
};

describe("burning counters", () => {
  // libsignal says on the console what it cannot read.
  beforeAll(() => void jest.spyOn(console, "error").mockImplementation(() => undefined));
  afterAll(() => void jest.restoreAllMocks());

  test.each([
    [0, 5],
    [3, 2],
    [5, 0],
    [64, 0],
  ])("of a session that lost 5 messages, %d of them, leaves %d that cannot be read", async (count, unread) => {
    const { mender, say, remember } = await createPair();
    const forget = remember();
    expect(await failuresOf(5, say)).toBe(0);
    forget();
    if (count > 0) await mender.burnSession("200.0", count);
    expect(await failuresOf(8, say)).toBe(unread);
  });

  test.each([
    [0, 5],
    [8, 0],
  ])("of a group that lost 5 messages, %d of them, leaves %d that cannot be read", async (count, unread) => {
    const { mender, sayToGroup, remember } = await createPair();
    const forget = remember();
    expect(await failuresOf(5, sayToGroup)).toBe(0);
    forget();
    if (count > 0) await mender.burnGroup(GROUP, BOT, count);
    expect(await failuresOf(8, sayToGroup)).toBe(unread);
  });
});
