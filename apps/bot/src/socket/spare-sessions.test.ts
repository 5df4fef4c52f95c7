import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { installConsoleGuard } from "../console/console-guard.ts";
import { spareSessions } from "./spare-sessions.ts";
import { createEnd, type End } from "./testing/chat-end.ts";

// libsignal prints whole sessions.
const guard = installConsoleGuard(console);
afterAll(() => guard.restore());

const ALICE = "1001@lid";
const BOT = "1002:3@lid";

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
