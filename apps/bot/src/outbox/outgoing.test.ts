import { createChannel, linkPorts } from "@blacksky/ipc";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, type FakeClock } from "@blacksky/machine";
import { NO_LIMITS, createOutbox, type Outbox } from "@blacksky/outbox";
import { notificationIdOf, outbox as messages, type Notification } from "@blacksky/protocol";
import { openStore, type Store } from "@blacksky/store";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageIdFrom } from "../sending/message-id.ts";
import { createSendQueue, type SendQueue } from "../sending/send-queue.ts";
import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";
import { serveOutbox } from "./serve-outbox.ts";

const log = createTestLogger();
const STRANGER = "491700000003";
const ANNA = "491700000001";

let folder: string;
let store: Store;
let clock: FakeClock;
let queue: SendQueue;
let outbox: Outbox;
let outgoing: Outgoing;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-outgoing-"));
  store = openStore({ path: join(folder, "store") });
  clock = createFakeClock(1_700_000_000_000);
  const nothing = (): void => undefined;
  const remember = (): Promise<void> => Promise.resolve();
  queue = createSendQueue({ clock, log, remember, onCounts: nothing });
  outbox = createOutbox({
    store,
    clock,
    log,
    random: () => 0.5,
    messageIdOf: (id) => messageIdFrom(["notification", id]),
    owner: undefined,
    isKnown: (jid) => !jid.startsWith(STRANGER),
    onCounts: nothing,
    onChange: nothing,
    onFailure(error) {
      throw error;
    },
    limits: NO_LIMITS,
  });
  outgoing = createOutgoing({ queue, outbox, remember });
});
afterEach(async () => {
  await outbox.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const socketOf = (sent: string[], failure?: Error): WhatsAppSocket =>
  ({
    prepare: ({ id, chat }: { id: string; chat: string }) =>
      Promise.resolve({ id, chat, content: {}, bytes: new Uint8Array() }),
    relay: ({ id }: { id: string }) => {
      if (failure !== undefined) return Promise.reject(failure);
      sent.push(id);
      return Promise.resolve();
    },
    askRestriction: () => Promise.resolve(),
  }) as unknown as WhatsAppSocket;

const hand = async (key: string, to: string): Promise<string> => {
  const id = notificationIdOf("TEST", key);
  await outbox.enqueue(id, { to, text: key, priority: 5 });
  await settle();
  return id;
};
const answer = (id: string) => ({ id, chat: "1@lid", text: "pong", disappearsAfterS: 0 });
const messageIdOf = (id: string): string => messageIdFrom(["notification", id]);

describe("what leaves the bot", () => {
  test("is answers and notifications, which do not wait for one another", async () => {
    const sent: string[] = [];
    outgoing.opened(socketOf(sent));
    const id = await hand("a", ANNA);
    const replied = queue.send({ ...answer("R"), chat: `${ANNA}@s.whatsapp.net` });
    await settle();
    expect(sent).toEqual([messageIdOf(id), "R"]);
    expect([outgoing.counts.pending, outgoing.underWay, outgoing.quiet]).toEqual([
      2,
      { pending: 2, retrying: 0 },
      false,
    ]);
    for (const one of sent) outgoing.acknowledged(one, undefined);
    outgoing.delivered([messageIdOf(id)]);
    expect(await replied).toEqual({ status: "accepted" });
    expect(outbox.read(id)?.state).toBe("delivered");
    expect([outgoing.counts, outgoing.quiet]).toEqual([{ pending: 0, retrying: 0, dead: 0, delivered: 2 }, true]);
  });

  test("holds notifications to strangers when an answer shows that the account is restricted", async () => {
    const sent: string[] = [];
    outgoing.opened(socketOf(sent));
    void queue.send(answer("R"));
    await settle();
    outgoing.acknowledged("R", "463");
    await hand("a", STRANGER);
    const known = await hand("b", ANNA);
    expect(sent).toEqual(["R", messageIdOf(known)]);
    outgoing.restricted(undefined);
    await settle();
    expect(sent).toHaveLength(3);
  });

  test("waits for the next socket as soon as one says that it is gone, and counts no attempt", async () => {
    const gone = Object.assign(new Error("Connection Closed"), { output: { statusCode: 428 } });
    outgoing.opened(socketOf([], gone));
    const id = await hand("a", ANNA);
    expect(outbox.read(id)).toMatchObject({ state: "available", attempts: 0 });
    outgoing.closed();
    const sent: string[] = [];
    outgoing.opened(socketOf(sent));
    await settle();
    expect(sent).toEqual([messageIdOf(id)]);
  });

  test("begins nothing more once it is locked, and keeps what the outbox holds", async () => {
    const sent: string[] = [];
    outgoing.opened(socketOf(sent));
    outgoing.lock();
    const id = await hand("a", ANNA);
    expect([sent, outbox.read(id)?.state, outgoing.quiet]).toEqual([[], "available", true]);
  });
});

describe("what others hand in", () => {
  const setUp = () => {
    const ports = linkPorts();
    const fail = (error: Error): never => {
      throw error;
    };
    const runner = createChannel({ port: ports.parent, onViolation: fail });
    const channel = createChannel({ port: ports.child, onViolation: fail });
    const lease = { isHeld: true };
    serveOutbox(channel, outbox, () => lease.isHeld);
    const deadline = { deadlineMs: 5000 };
    return {
      lease,
      enqueue: (id: string, notification: Notification) =>
        runner.request(messages.enqueue, { id, notification }, deadline),
      read: (id: string) => runner.request(messages.read, { id }, deadline),
    };
  };
  const id = notificationIdOf("TEST", "a");
  const notification: Notification = { to: ANNA, text: "hello", priority: 5 };

  test("is taken once it is committed, and can be asked for", async () => {
    const { enqueue, read } = setUp();
    expect(await enqueue(id, notification)).toMatchObject({ isNew: true, status: { id, state: "available" } });
    expect(await enqueue(id, notification)).toMatchObject({ isNew: false });
    expect(await read(id)).toMatchObject({ status: { state: "available", attempts: 0 } });
    expect(await read(notificationIdOf("TEST", "b"))).toEqual({ status: null });
  });

  test("is refused where it goes to nobody, or where this bot does not speak for the session", async () => {
    const { enqueue, lease } = setUp();
    await expect(enqueue(id, { ...notification, to: "nobody" })).rejects.toMatchObject({ code: "outbox.recipient" });
    lease.isHeld = false;
    await expect(enqueue(id, notification)).rejects.toMatchObject({ code: "outbox.notHere" });
    expect(outbox.counts.pending).toBe(0);
  });
});
