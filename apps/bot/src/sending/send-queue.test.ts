import { describe, expect, jest, test } from "@jest/globals";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, type FakeClock } from "@blacksky/machine";
import type { Draft, Envelope } from "../socket/whatsapp-socket.ts";
import { createSendQueue, type Carrier, type SendQueue } from "./send-queue.ts";

const log = createTestLogger();

const draft = (id: string, chat = "1@lid"): Draft => ({ id, chat, text: id, disappearsAfterS: 0 });

/** Lets everything that needs no time happen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

const advance = async (clock: FakeClock, ms: number): Promise<void> => {
  clock.advance(ms);
  await settle();
};

const carrierOf = (events: string[], name = ""): Carrier => ({
  prepare: ({ id, chat }) => Promise.resolve({ id, chat, content: {}, bytes: new Uint8Array() }),
  relay: ({ id }: Envelope) => {
    events.push(`${name}${id}`);
    return Promise.resolve();
  },
});

const setUp = () => {
  const clock = createFakeClock();
  const events: string[] = [];
  const remember = jest.fn(({ id }: Envelope) => {
    events.push(`stored ${id}`);
    return Promise.resolve();
  });
  const queue: SendQueue = createSendQueue({ clock, log, remember, onCounts: () => undefined });
  return { clock, events, remember, queue };
};

describe("the send queue", () => {
  test("stores a message before it leaves, and is done when the server has it", async () => {
    const { queue, events } = setUp();
    queue.opened(carrierOf(events));
    const sent = queue.send(draft("A"));
    await settle();
    expect(events).toEqual(["stored A", "A"]);
    expect(queue.counts).toEqual({ pending: 1, retrying: 0, dead: 0, delivered: 0 });
    queue.acknowledged("A", undefined);
    expect(await sent).toEqual({ status: "accepted" });
    expect(queue.counts).toEqual({ pending: 0, retrying: 0, dead: 0, delivered: 1 });
  });

  test("keeps the order within a chat and lets other chats pass", async () => {
    const { queue, events } = setUp();
    queue.opened(carrierOf(events));
    void queue.send(draft("A1"));
    void queue.send(draft("A2"));
    void queue.send(draft("B1", "2@lid"));
    await settle();
    expect(events.filter((event) => !event.startsWith("stored"))).toEqual(["A1", "B1"]);
    queue.acknowledged("A1", undefined);
    await settle();
    expect(events.at(-1)).toBe("A2");
  });

  test("sends nothing from the next account that was to go out from the one before", async () => {
    const { queue, events, clock } = setUp();
    const waiting = [queue.send(draft("A1")), queue.send(draft("A2"))];
    await settle();
    queue.abandon();
    queue.opened(carrierOf(events));
    expect(await Promise.all(waiting)).toEqual([{ status: "unacknowledged" }, { status: "unacknowledged" }]);
    expect([events, clock.pending]).toEqual([[], 0]);
    const sent = queue.send(draft("B"));
    await settle();
    queue.acknowledged("B", undefined);
    expect(await sent).toEqual({ status: "accepted" });
    expect(queue.counts).toMatchObject({ pending: 0, dead: 2, delivered: 1 });
  });

  test("sends again with the same id on the next connection what the last one lost", async () => {
    const { queue, events, remember } = setUp();
    queue.opened(carrierOf(events));
    const sent = queue.send(draft("A"));
    await settle();
    queue.closed();
    await settle();
    expect(queue.counts).toMatchObject({ pending: 0, retrying: 1 });
    queue.opened(carrierOf(events, "again "));
    await settle();
    expect(events.at(-1)).toBe("again A");
    expect(remember).toHaveBeenCalledTimes(1);
    queue.acknowledged("A", undefined);
    expect(await sent).toEqual({ status: "accepted" });
  });

  test("waits for a connection, but not for ever", async () => {
    const { queue, clock } = setUp();
    const sent = queue.send(draft("A"));
    await settle();
    await advance(clock, 5 * 60_000);
    expect(await sent).toEqual({ status: "unacknowledged" });
    expect(queue.counts).toMatchObject({ pending: 0, dead: 1 });
    expect(clock.pending).toBe(0);
  });

  test("does not repeat what the server refused", async () => {
    const { queue, events } = setUp();
    queue.opened(carrierOf(events));
    const sent = queue.send(draft("A"));
    await settle();
    queue.acknowledged("A", "463");
    expect(await sent).toEqual({ status: "refused", code: "463" });
    expect(events).toEqual(["stored A", "A"]);
    expect(queue.counts).toMatchObject({ dead: 1 });
  });

  test("tries again without an acknowledgement, and gives up after four tries", async () => {
    const { queue, events, clock } = setUp();
    queue.opened(carrierOf(events));
    const sent = queue.send(draft("A"));
    await settle();
    for (let step = 0; step < 60; step += 1) await advance(clock, 2000);
    expect(await sent).toEqual({ status: "unacknowledged" });
    expect(events).toEqual(["stored A", "A", "A", "A", "A"]);
  });

  test("tries again when the socket fails to take the message", async () => {
    const { queue, events, clock } = setUp();
    let failures = 1;
    const carrier = carrierOf(events);
    queue.opened({
      ...carrier,
      relay: (envelope) => (failures-- > 0 ? Promise.reject(new Error("no session")) : carrier.relay(envelope)),
    });
    const sent = queue.send(draft("A"));
    await settle();
    await advance(clock, 1000);
    queue.acknowledged("A", undefined);
    expect(await sent).toEqual({ status: "accepted" });
  });

  test("reports a store that cannot remember, and sends nothing then", async () => {
    const { queue, events, remember } = setUp();
    remember.mockRejectedValueOnce(new Error("disk full"));
    queue.opened(carrierOf(events));
    await expect(queue.send(draft("A"))).rejects.toThrow("disk full");
    expect(events).toEqual([]);
    expect(queue.counts).toMatchObject({ pending: 0, dead: 1 });
  });

  test("gives up what waits once no connection will come", async () => {
    const { queue } = setUp();
    const sent = queue.send(draft("A"));
    await settle();
    expect(queue.quiet).toBe(true);
    queue.lock();
    expect(await sent).toEqual({ status: "unacknowledged" });
  });
});
