import { describe, expect, jest, test } from "@jest/globals";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { sampleContext } from "../../test/support/sample-context.ts";
import { defineCommand } from "../commands/command.ts";
import { help } from "../commands/help.ts";
import { createCommandRegistry } from "../commands/registry.ts";
import { restart } from "../commands/restart.ts";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import type { Draft } from "../socket/whatsapp-socket.ts";
import { createIntake } from "./intake.ts";

const NOW = 1_700_000_000_000;
const OWNER = "491701234567";
const log = createTestLogger();

let lastId = 0;
const message = (text: string, more: Partial<IncomingMessage> = {}): IncomingMessage => ({
  id: `M${String((lastId += 1))}`,
  chat: "4911@s.whatsapp.net",
  kind: "private",
  sender: { pn: "4911@s.whatsapp.net", lid: "911@lid" },
  fromMe: false,
  text,
  sentAt: NOW,
  backlog: false,
  disappearsAfterS: 0,
  quotable: { key: {} },
  ...more,
});

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

const setUp = () => {
  const clock = createFakeClock(NOW);
  const sent: Draft[] = [];
  const requestRestart = jest.fn();
  const broken = defineCommand({ name: "break", summary: "Fails.", run: () => Promise.reject(new Error("bang")) });
  const intake = createIntake({
    bot: { name: "Bot", prefix: ".", version: "1.0.0", startedAt: NOW - 1000 },
    owners: [OWNER],
    registry: createCommandRegistry([help, restart, broken]),
    clock,
    log,
    send: (draft) => {
      sent.push(draft);
      return Promise.resolve({ status: "accepted" });
    },
    phoneOfLid: (lid) => Promise.resolve(lid === "7@lid" ? `${OWNER}@s.whatsapp.net` : undefined),
    reach: { ...sampleContext(clock), requestRestart },
  });
  const receive = async (...messages: IncomingMessage[]): Promise<string[]> => {
    const before = sent.length;
    for (const one of messages) void intake.receive(one);
    await settle();
    return sent.slice(before).map(({ text }) => text);
  };
  return { clock, sent, requestRestart, intake, receive };
};

describe("the intake", () => {
  test("answers a command in its chat, quoting it", async () => {
    const { receive, sent } = setUp();
    const asked = message(".HELP", { disappearsAfterS: 60 });
    await receive(asked);
    expect(sent).toEqual([expect.objectContaining({ chat: asked.chat, quoted: asked.quotable, disappearsAfterS: 60 })]);
    expect(sent[0]?.id).toMatch(/^3EB0[0-9A-F]{18}$/);
  });

  test("is silent on what is no command", async () => {
    const { receive } = setUp();
    expect(await receive(message("hello"), message("..."), message(""))).toEqual([]);
  });

  test("answers a repeated message once, also when it comes under the other address", async () => {
    const { receive } = setUp();
    const asked = message(".help", { id: "R" });
    expect(await receive(asked, asked, { ...asked, chat: "911@lid" })).toHaveLength(1);
  });

  test("gives the answer to the same message the same id in another life", async () => {
    const [one, other] = [setUp(), setUp()];
    const asked = message(".help");
    await one.receive(asked);
    await other.receive(asked);
    expect(one.sent[0]?.id).toBe(other.sent[0]?.id);
    await other.receive(message(".help"));
    expect(other.sent[1]?.id).not.toBe(one.sent[0]?.id);
  });

  test("hints once at the help in a private chat, never in a group", async () => {
    const { receive } = setUp();
    expect(await receive(message(".foo"))).toEqual([expect.stringContaining(".help")]);
    expect(await receive(message(".bar"))).toEqual([]);
    expect(await receive(message(".foo", { kind: "group", chat: "1@g.us" }))).toEqual([]);
  });

  test("runs an owner's command for the owner by number and by LID, and refuses others briefly", async () => {
    const { receive, requestRestart } = setUp();
    await receive(message(".restart", { sender: { pn: `${OWNER}@s.whatsapp.net` } }));
    await receive(message(".restart", { sender: { lid: "7@lid" } }));
    expect(requestRestart).toHaveBeenCalledTimes(2);
    expect(await receive(message(".restart"))).toEqual(["Only my owner may ask for that."]);
    expect(requestRestart).toHaveBeenCalledTimes(2);
  });

  test("takes commands from the account's other devices only when the account is an owner's", async () => {
    const { receive } = setUp();
    const own = { fromMe: true };
    expect(await receive(message(".help", { ...own, sender: { pn: `${OWNER}@s.whatsapp.net` } }))).toHaveLength(1);
    expect(await receive(message(".help", { ...own, sender: { pn: "4900@s.whatsapp.net" } }))).toHaveLength(0);
  });

  test("answers late commands with one note instead of running them", async () => {
    const { receive, requestRestart } = setUp();
    const late = { backlog: true, sentAt: NOW - 16 * 60_000, sender: { pn: `${OWNER}@s.whatsapp.net` } };
    const notes = await receive(message(".restart", late), message(".help", late));
    expect(notes).toEqual([expect.stringContaining("too late")]);
    expect(requestRestart).not.toHaveBeenCalled();
  });

  test("does not restart for an order given before it was started", async () => {
    const { receive, requestRestart } = setUp();
    const order = message(".restart", { sentAt: NOW - 60_000, sender: { pn: `${OWNER}@s.whatsapp.net` } });
    expect(await receive(order)).toEqual([expect.stringContaining("started since")]);
    expect(requestRestart).not.toHaveBeenCalled();
  });

  test("says so when a command fails", async () => {
    const { receive, intake } = setUp();
    expect(await receive(message(".break"))).toEqual([expect.stringContaining("went wrong")]);
    expect(intake.size).toBe(0);
  });
});
