import { createAuthState } from "@blacksky/session";
import { openStore, type Store } from "@blacksky/store";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installConsoleGuard } from "../console/console-guard.ts";
import { createEnd, type End } from "../socket/testing/chat-end.ts";
import { createKnownPeople } from "./known-people.ts";

// libsignal prints whole sessions.
const guard = installConsoleGuard(console);
afterAll(() => guard.restore());

const ANNA = "1001@lid";
const ANNA_PHONE = "491700000001@s.whatsapp.net";
const BOT = "1002:3@lid";

let folder: string;
let store: Store;
let bot: End;
let anna: End;
let isKnown: (jid: string) => boolean;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-known-"));
  store = openStore({ path: join(folder, "store") });
  store.meta.set("origin", "fresh");
  const { state } = createAuthState(store);
  [anna, bot] = await Promise.all([createEnd(), createEnd(state.keys)]);
  isKnown = createKnownPeople(store);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const send = async (from: End, to: End, fromJid: string, toJid: string): Promise<void> => {
  const sealed = await from.repository.encryptMessage({ jid: toJid, data: Buffer.from("hello") });
  await to.repository.decryptMessage({ jid: fromJid, ...sealed });
};

describe("somebody is known", () => {
  test("who has written to us, and not before", async () => {
    expect(isKnown(ANNA)).toBe(false);
    await anna.repository.injectE2ESession({ jid: BOT, session: bot.bundle });
    await send(anna, bot, ANNA, BOT);
    expect(isKnown(ANNA)).toBe(true);
    expect(isKnown("1003@lid")).toBe(false);
  });

  test("once there is an answer to what we wrote first", async () => {
    await bot.repository.injectE2ESession({ jid: ANNA, session: anna.bundle });
    await send(bot, anna, BOT, ANNA);
    await send(bot, anna, BOT, ANNA);
    expect(isKnown(ANNA)).toBe(false);
    await send(anna, bot, ANNA, BOT);
    expect(isKnown(ANNA)).toBe(true);
  });

  test("by either address, and still when a new session was begun since", async () => {
    await bot.keys.set({ "lid-mapping": { "491700000001": "1001" } });
    await anna.repository.injectE2ESession({ jid: BOT, session: bot.bundle });
    await send(anna, bot, ANNA, BOT);
    await bot.repository.injectE2ESession({ jid: ANNA, session: anna.bundle });
    expect([isKnown(ANNA_PHONE), isKnown(ANNA)]).toEqual([true, true]);
  });

  test("not where what is stored cannot be read", async () => {
    await store.write([{ key: "session/session/1001_1.0", value: Buffer.of(99) }]);
    expect(isKnown(ANNA)).toBe(false);
  });
});
