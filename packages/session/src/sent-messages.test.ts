import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { proto } from "@whiskeysockets/baileys";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";
import { createSentMessages } from "./index.ts";
import { makeDirectory } from "./testing/party.ts";

const BOB = "12025550101@s.whatsapp.net";
const bytes = (conversation: string): Uint8Array => proto.Message.encode({ conversation }).finish();

let directory: ReturnType<typeof makeDirectory>;
let store: Store;
let nowMs = 1_000_000;
const now = (): number => nowMs;
const path = (): string => join(directory.path, "store");

beforeEach(() => {
  directory = makeDirectory();
  store = openStore({ path: path() });
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

describe("sent messages", () => {
  test("are recalled after a restart", async () => {
    await createSentMessages(store).remember("3EB0AA", BOB, bytes("hello"));
    await store.close();
    store = openStore({ path: path() });
    const messages = createSentMessages(store);
    expect(messages.recall({ id: "3EB0AA", remoteJid: BOB })?.conversation).toBe("hello");
    expect(messages.recall({ id: "3EB0AA", remoteJid: "12025550101:4@s.whatsapp.net" })?.conversation).toBe("hello");
    expect(messages.recall({ id: "3EB0AA", remoteJid: "998877@lid" })?.conversation).toBe("hello");
    expect(messages.recall({ id: "3EB0BB", remoteJid: BOB })).toBeUndefined();
    expect(messages.recall({})).toBeUndefined();
  });

  test("are not given to somebody else who knows the id", async () => {
    const messages = createSentMessages(store);
    await messages.remember("3EB0AA", BOB, bytes("for Bob"));
    expect(messages.recall({ id: "3EB0AA", remoteJid: "12025550199@s.whatsapp.net" })).toBeUndefined();
  });

  test("tell to whom something was sent last, and when", async () => {
    const messages = createSentMessages(store, { now });
    for (const [id, to] of [
      ["3EB0AA", BOB],
      ["3EB0BB", "1203@g.us"],
      ["3EB0CC", BOB],
    ] as const) {
      nowMs += 1;
      await messages.remember(id, to, bytes("x"));
    }
    expect(messages.recipients()).toEqual(
      new Map([
        [BOB, nowMs],
        ["1203@g.us", nowMs - 1],
      ]),
    );
  });

  test("are kept up to a number, the youngest of them, across restarts", async () => {
    for (const round of [0, 1]) {
      const messages = createSentMessages(store, { maxCount: 3, now });
      for (let at = 0; at < 3; at += 1) {
        nowMs += 1;
        await messages.remember(`${round}${at}`, BOB, bytes("x"));
      }
      await messages.remember(`${round}0`, BOB, bytes("again"));
    }
    expect([...store.keys("sent-message/")]).toEqual(["sent-message/10", "sent-message/11", "sent-message/12"]);
    await createSentMessages(store, { maxCount: 3, now }).remember("20", BOB, bytes("x"));
    expect([...store.keys("sent-message/")]).toEqual(["sent-message/10", "sent-message/12", "sent-message/20"]);
  });

  test("are forgotten with age", async () => {
    const messages = createSentMessages(store, { maxAgeMs: 1_000, now });
    await messages.remember("1", BOB, bytes("x"));
    nowMs += 999;
    expect(messages.recall({ id: "1", remoteJid: BOB })).toBeDefined();
    nowMs += 1;
    expect(messages.recall({ id: "1", remoteJid: BOB })).toBeUndefined();
    await messages.remember("2", BOB, bytes("y"));
    expect([...store.keys("sent-message/")]).toEqual(["sent-message/2"]);
  });

  test("of an unknown format are an error", async () => {
    await store.write([{ key: "sent-message/1", value: Buffer.from([7]) }]);
    expect(() => createSentMessages(store)).toThrow(expect.objectContaining({ code: "session.recordCorrupt" }));
  });
});
