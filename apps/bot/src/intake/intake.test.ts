import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createInbox } from "@blacksky/inbox";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { openStore, type Store } from "@blacksky/store";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleContext } from "../../test/support/sample-context.ts";
import { defineCommand } from "../commands/command.ts";
import { help } from "../commands/help.ts";
import { createCommandRegistry } from "../commands/registry.ts";
import { restart } from "../commands/restart.ts";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import type { SendOutcome } from "../sending/send-queue.ts";
import type { Draft } from "../socket/whatsapp-socket.ts";
import { createIntake } from "./intake.ts";

const NOW = 1_700_000_000_000;
const OWNER = "491701234567";
const log = createTestLogger();

let lastId = 0;
const message = (text: string, more: Partial<IncomingMessage> = {}): IncomingMessage => ({
  id: `M${String((lastId += 1))}`,
  entry: more.id ?? `E${String(lastId)}`,
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

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-intake-"));
  store = openStore({ path: join(folder, "store") });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const unexpected = (): never => {
  throw new Error("not in this test");
};

const setUp = (outcome: () => SendOutcome = () => ({ status: "accepted" })) => {
  const clock = createFakeClock(NOW);
  const sent: Draft[] = [];
  const inbox = createInbox({ store, clock, onGivenUp: unexpected, onChange: () => undefined, onFailure: unexpected });
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
      return Promise.resolve(outcome());
    },
    inbox,
    notifierFor: () => ({ notify: unexpected, notifyAll: unexpected }),
    phoneOfLid: (lid) => Promise.resolve(lid === "7@lid" ? `${OWNER}@s.whatsapp.net` : undefined),
    reach: { ...sampleContext(clock), requestRestart },
  });
  const receive = async (...messages: IncomingMessage[]): Promise<string[]> => {
    const before = sent.length;
    for (const one of messages) void intake.receive(one);
    await settle();
    return sent.slice(before).map(({ text }) => text);
  };
  return { clock, sent, requestRestart, intake, inbox, receive };
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

  test("is done with a message when the server has the answer, and with what is no command at once", async () => {
    const { receive, inbox } = setUp();
    await receive(message(".help", { id: "A" }), message("hello", { id: "B" }));
    expect([inbox.take("A"), inbox.take("B"), inbox.pending]).toEqual([false, false, 0]);
  });

  test.each<SendOutcome>([{ status: "unacknowledged" }, { status: "refused", code: "queue.full" }])(
    "leaves a message to be answered again when its answer did not get out: %j",
    async (outcome) => {
      let next = outcome;
      const { receive, inbox, sent } = setUp(() => next);
      const asked = message(".help", { id: "A" });
      await receive(asked);
      expect(inbox.pending).toBe(1);
      next = { status: "accepted" };
      await receive(asked);
      expect([inbox.pending, sent[0]?.id]).toEqual([0, sent[1]?.id]);
    },
  );

  test("counts an answer that WhatsApp refuses as given: another try would be refused as well", async () => {
    const { receive, inbox } = setUp(() => ({ status: "refused", code: "403" }));
    await receive(message(".help", { id: "A" }));
    expect(inbox.pending).toBe(0);
  });

  test("waits for every answer of a command, also for those that it did not wait for itself", async () => {
    const { intake, inbox, sent } = setUp();
    const asked = message(".help", { id: "A" });
    const done = intake.receive(asked);
    expect(inbox.take("A")).toBe(false);
    await done;
    expect([sent.length, inbox.pending]).toEqual([1, 0]);
  });

  test("apologises under the id of the first answer, so that whoever saw that sees no other", async () => {
    const { intake, receive, sent } = setUp();
    const asked = message(".help");
    await receive(asked);
    await intake.apologise(asked);
    await intake.apologise(message("hello"));
    expect(sent.map(({ id }) => id)).toEqual([sent[0]?.id, sent[0]?.id]);
    expect(sent[1]?.text).toContain("went wrong");
  });
});
