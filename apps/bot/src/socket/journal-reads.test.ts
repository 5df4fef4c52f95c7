import { createInbox, fingerprintOf, type Inbox } from "@blacksky/inbox";
import { createFakeClock } from "@blacksky/machine";
import { createAuthState } from "@blacksky/session";
import { openStore, type Store } from "@blacksky/store";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { proto, type BinaryNode } from "@whiskeysockets/baileys";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installConsoleGuard } from "../console/console-guard.ts";
import { journalReads, type ReadingStanza } from "./journal-reads.ts";
import { readEntry } from "./read-entry.ts";
import { createEnd, type End } from "./testing/chat-end.ts";

// libsignal prints whole sessions.
const guard = installConsoleGuard(console);
afterAll(() => guard.restore());

const ALICE = "1001@lid";
const BOT = "1002:3@lid";
const ME = { id: "4900:3@s.whatsapp.net", lid: BOT };
const unexpected = (): never => {
  throw new Error("not in this test");
};

let folder: string;
let store: Store;
let alice: End;
let bot: End;
let inbox: Inbox;
let reading: ReadingStanza;

/** A bot that comes up over what is in the store. */
const start = (): void => {
  inbox = createInbox({
    store,
    clock: createFakeClock(1_700_000_000_000),
    onGivenUp: unexpected,
    onChange: () => undefined,
    onFailure: unexpected,
  });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-journal-"));
  store = openStore({ path: join(folder, "store") });
  store.meta.set("origin", "fresh");
  const { state } = createAuthState(store);
  [alice, bot] = await Promise.all([createEnd(), createEnd(state.keys)]);
  await alice.repository.injectE2ESession({ jid: BOT, session: bot.bundle });
  start();
  const authState = { creds: { ...state.creds, me: ME }, keys: bot.keys };
  // Looked up at each read, as the inbox of a process that comes after this one.
  const journal = new Proxy(inbox, { get: (_first, name) => Reflect.get(inbox, name) as unknown });
  reading = journalReads({ signalRepository: bot.repository, authState }, journal);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const padded = (content: proto.IMessage): Buffer =>
  Buffer.concat([proto.Message.encode(content).finish(), Buffer.of(1)]);

/** A stanza of Alice's as it arrives, and what reads it. */
const write = async (id: string, text: string) => {
  const data = padded({ conversation: text });
  const sealed = await alice.repository.encryptMessage({ jid: BOT, data });
  const attrs = { id, from: ALICE, t: "1700000000", notify: "Alice" };
  const stanza: BinaryNode = { tag: "message", attrs };
  const read = (): Promise<string> =>
    reading(stanza, async () => {
      const plaintext = await bot.repository.decryptMessage({ jid: ALICE, ...sealed });
      return proto.Message.decode(plaintext.subarray(0, -1)).conversation ?? "";
    });
  return { stanza, sealed, read };
};

describe("what is read", () => {
  test("is stored in one transaction with its ratchet step, and is remembered when it comes again", async () => {
    const first = await write("A", "one");
    await first.read();
    const { read } = await write("B", "two");
    const before = store.position;
    expect(await read()).toBe("two");
    const changed = store.changesSince(before, 10).map(({ key }) => key.replace(/\/[^/]*$/, ""));
    expect(changed.toSorted()).toEqual(["inbox", "session/session"]);
    expect(await read()).toBe("two");
    expect(store.position).toBe(before + 2);
  });

  test("can be read again by the process that comes after this one, though Signal could not", async () => {
    const { sealed, read } = await write("A", "one");
    await read();
    start();
    expect(await read()).toBe("one");
    await expect(bot.repository.decryptMessage({ jid: ALICE, ...sealed })).rejects.toBeInstanceOf(Error);
  });

  test("becomes the message again that Baileys told of", async () => {
    const { read } = await write("A", ".ping");
    await read();
    start();
    const { entries } = inbox.rescue("4900@s.whatsapp.net");
    const [entry] = entries;
    const message = entry && readEntry(entry, ME);
    expect(message).toMatchObject({ id: "A", entry: entry?.id, chat: ALICE, text: ".ping", kind: "private" });
    expect(message).toMatchObject({ backlog: true, fromMe: false, sentAt: 1_700_000_000_000 });
  });

  test("is nothing any more once it is handled, so that Baileys acknowledges it and nobody is told", async () => {
    const { read } = await write("A", "one");
    await read();
    const [id = ""] = [...store.keys("inbox/")].map((key) => key.slice("inbox/".length));
    expect(inbox.take(id)).toBe(true);
    inbox.complete(id);
    expect(await read()).toBe("");
    await inbox.flush();
    start();
    expect(await read()).toBe("");
  });

  test("is not kept where it could not be read, and reads when it comes in another ciphertext", async () => {
    const { sealed, stanza } = await write("A", "one");
    const broken = Buffer.from(sealed.ciphertext);
    const middle = broken.length - 20;
    broken.writeUInt8(broken.readUInt8(middle) ^ 1, middle);
    const { type } = sealed;
    const attempt = reading(stanza, () => bot.repository.decryptMessage({ jid: ALICE, type, ciphertext: broken }));
    await expect(attempt).rejects.toBeInstanceOf(Error);
    expect([inbox.pending, [...store.keys("inbox/")]]).toEqual([0, []]);
    const again = await write("A", "one, once more");
    expect(await again.read()).toBe("one, once more");
  });

  test("outside of a stanza is left alone", async () => {
    const { sealed } = await write("A", "one");
    await bot.repository.decryptMessage({ jid: ALICE, ...sealed });
    expect([...store.keys("inbox/")]).toEqual([]);
    expect(fingerprintOf(sealed.ciphertext)).toMatch(/^[\w-]{16}$/);
  });
});

describe("a group's key", () => {
  test("is learnt once from a stanza that is read ahead and handled later", async () => {
    const group = "7@g.us";
    const meId = ALICE;
    const sent = await alice.repository.encryptGroupMessage({ group, meId, data: padded({ conversation: "hi" }) });
    const item = { groupId: group, axolotlSenderKeyDistributionMessage: sent.senderKeyDistributionMessage };
    const stanza: BinaryNode = { tag: "message", attrs: { id: "G", from: group, participant: ALICE } };
    const readAll = (): Promise<Uint8Array> =>
      reading(stanza, async () => {
        await bot.repository.processSenderKeyDistributionMessage({ authorJid: ALICE, item });
        return bot.repository.decryptGroupMessage({ group, authorJid: ALICE, msg: sent.ciphertext });
      });
    const lengthOfKey = (): number => [...store.entries("session/sender-key/")][0]?.value.length ?? 0;
    await readAll();
    const length = lengthOfKey();
    expect(length).toBeGreaterThan(0);
    const again = await readAll();
    expect(proto.Message.decode(again.subarray(0, -1)).conversation).toBe("hi");
    expect(lengthOfKey()).toBe(length);
  });

  test("is all that was read when the process dies, and what it sealed is handled when it comes again", async () => {
    const group = "7@g.us";
    const meId = ALICE;
    const sent = await alice.repository.encryptGroupMessage({ group, meId, data: padded({ conversation: ".ping" }) });
    const item = { groupId: group, axolotlSenderKeyDistributionMessage: sent.senderKeyDistributionMessage };
    const data = padded({ senderKeyDistributionMessage: item });
    const sealed = await alice.repository.encryptMessage({ jid: BOT, data });
    const attrs = { id: "G", from: group, participant: ALICE, t: "1700000000" };
    const readKey = (): Promise<Uint8Array> => bot.repository.decryptMessage({ jid: ALICE, ...sealed });
    const readWords = async (): Promise<Uint8Array> => {
      await bot.repository.processSenderKeyDistributionMessage({ authorJid: ALICE, item });
      return bot.repository.decryptGroupMessage({ group, authorJid: ALICE, msg: sent.ciphertext });
    };
    const rescued = () => inbox.rescue("4900@s.whatsapp.net").entries.map((entry) => readEntry(entry, ME)?.text);
    await reading({ tag: "message", attrs }, readKey);
    start();
    expect(rescued()).toEqual([undefined]);
    await reading({ tag: "message", attrs }, async () => {
      await readKey();
      // A connection opens while its other half is being read.
      expect(rescued()).toEqual([]);
      return readWords();
    });
    start();
    expect(rescued()).toEqual([".ping"]);
  });
});
