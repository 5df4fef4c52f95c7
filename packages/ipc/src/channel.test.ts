import { describe, expect, jest, test } from "@jest/globals";
import { BlackskyError } from "@blacksky/errors";
import { createFakeClock } from "@blacksky/machine";
import * as z from "zod";
import { createChannel, type Channel } from "./channel.ts";
import { defineEvent, defineRequest } from "./define.ts";
import { linkPorts } from "./linked-ports.ts";

const greeted = defineEvent("test.greeted", "peer", z.object({ name: z.string() }));
const add = defineRequest("test.add", "peer", {
  body: z.object({ a: z.number(), b: z.number() }),
  reply: z.object({ sum: z.number() }),
});

/** Lets everything that only waits for microtasks happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const open = (pendingLimit?: number) => {
  const ports = linkPorts();
  const clock = createFakeClock();
  const onParentViolation = jest.fn<(error: BlackskyError) => void>();
  const onChildViolation = jest.fn<(error: BlackskyError) => void>();
  const limit = pendingLimit === undefined ? {} : { pendingLimit };
  const parent = createChannel({ port: ports.parent, clock, onViolation: onParentViolation, ...limit });
  const child = createChannel({ port: ports.child, clock, onViolation: onChildViolation });
  return { ports, clock, parent, child, onParentViolation, onChildViolation };
};

const ask = (channel: Channel, deadlineMs = 100, signal?: AbortSignal) =>
  channel.request(add, { a: 1, b: 2 }, signal === undefined ? { deadlineMs } : { deadlineMs, signal });

describe("events", () => {
  test("reach every listener, in order, parsed", async () => {
    const { parent, child } = open();
    const heard: string[] = [];
    child.on(greeted, ({ name }) => void heard.push(`first ${name}`));
    child.on(greeted, ({ name }) => void heard.push(`second ${name}`));
    parent.emit(greeted, { name: "a" });
    parent.emit(greeted, { name: "b" });
    await settle();
    expect(heard).toEqual(["first a", "second a", "first b", "second b"]);
  });

  test("that nobody listens to are no violation", async () => {
    const { parent, onChildViolation } = open();
    parent.emit(greeted, { name: "a" });
    await settle();
    expect(onChildViolation).not.toHaveBeenCalled();
  });

  test("with a body that does not fit are a violation and reach no listener", async () => {
    const { ports, child, onChildViolation } = open();
    const listener = jest.fn();
    child.on(greeted, listener);
    ports.parent.send({ kind: "event", type: "test.greeted", body: { name: 7 } });
    await settle();
    expect(listener).not.toHaveBeenCalled();
    expect(onChildViolation.mock.calls).toEqual([[expect.objectContaining({ code: "ipc.violation" })]]);
  });
});

describe("requests", () => {
  test("are answered, in both directions, whatever the order of the replies", async () => {
    const { parent, child } = open();
    child.handle(add, async ({ a, b }) => {
      if (a === 1) await settle();
      return { sum: a + b };
    });
    parent.handle(add, ({ a, b }) => ({ sum: a * b }));
    const requests = [
      parent.request(add, { a: 1, b: 2 }, { deadlineMs: 100 }),
      parent.request(add, { a: 3, b: 4 }, { deadlineMs: 100 }),
      child.request(add, { a: 3, b: 4 }, { deadlineMs: 100 }),
    ];
    await expect(Promise.all(requests)).resolves.toEqual([{ sum: 3 }, { sum: 7 }, { sum: 12 }]);
  });

  test("fail with the code, the words and the hint of the error that the handler threw", async () => {
    const { parent, child } = open();
    child.handle(add, () => {
      throw new BlackskyError("store.full", "The disk is full.", { hint: "Free some space." });
    });
    await expect(ask(parent)).rejects.toMatchObject({
      code: "store.full",
      message: "The disk is full.",
      hint: "Free some space.",
    });
  });

  test("fail with unknown when the handler threw something without a code", async () => {
    const { parent, child } = open();
    child.handle(add, () => Promise.reject(new Error("plain")));
    await expect(ask(parent)).rejects.toMatchObject({ code: "unknown", message: "plain" });
  });

  test("that nobody handles fail instead of waiting", async () => {
    const { parent } = open();
    await expect(ask(parent)).rejects.toMatchObject({ code: "ipc.unknownRequest" });
  });

  test("fail at their deadline, and the late reply is ignored", async () => {
    const { parent, child, clock, onParentViolation } = open();
    let reply = (_sum: { sum: number }): void => undefined;
    child.handle(add, () => new Promise<{ sum: number }>((resolve) => (reply = resolve)));
    const request = ask(parent, 100);
    await settle();
    clock.advance(99);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await expect(request).rejects.toMatchObject({ code: "ipc.deadline" });
    reply({ sum: 3 });
    await settle();
    expect(onParentViolation).not.toHaveBeenCalled();
  });

  test("leave no timer behind once they are answered", async () => {
    const { parent, child, clock } = open();
    child.handle(add, ({ a, b }) => ({ sum: a + b }));
    await ask(parent);
    expect(clock.pending).toBe(0);
  });

  test("fail with the reason of their signal, before and after they were sent", async () => {
    const { parent, child, clock } = open();
    child.handle(add, () => new Promise<never>(() => undefined));
    const controller = new AbortController();
    const request = ask(parent, 100, controller.signal);
    controller.abort(new Error("enough"));
    await expect(request).rejects.toThrow("enough");
    await expect(ask(parent, 100, controller.signal)).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });

  test("take their listener off a signal that outlives them", async () => {
    const { parent, child } = open();
    child.handle(add, ({ a, b }) => ({ sum: a + b }));
    const { signal } = new AbortController();
    const remove = jest.spyOn(signal, "removeEventListener");
    await ask(parent, 100, signal);
    expect(remove).toHaveBeenCalledTimes(1);
  });

  test("beyond the limit are refused at once", async () => {
    const { parent, child } = open(2);
    const sums: ((reply: { sum: number }) => void)[] = [];
    child.handle(add, () => new Promise((resolve) => sums.push(resolve)));
    const accepted = [ask(parent), ask(parent)];
    await expect(ask(parent)).rejects.toMatchObject({ code: "ipc.tooManyPending" });
    await settle();
    for (const answer of sums) answer({ sum: 3 });
    await expect(Promise.all(accepted)).resolves.toHaveLength(2);
    await settle();
    const later = ask(parent);
    await settle();
    sums.at(-1)?.({ sum: 4 });
    await expect(later).resolves.toEqual({ sum: 4 });
  });

  test("with a body that cannot travel fail at once and wait for nothing", async () => {
    const { parent, clock } = open();
    const body = { a: 1, b: 2, extra: () => undefined };
    await expect(parent.request(add, body, { deadlineMs: 100 })).rejects.toThrow("could not be cloned");
    expect(clock.pending).toBe(0);
  });

  test("whose reply cannot travel fail", async () => {
    const { parent, child } = open();
    child.handle(add, () => ({ sum: 1, extra: () => undefined }));
    await expect(ask(parent)).rejects.toMatchObject({ message: expect.stringContaining("could not be cloned") });
  });
});

describe("a violation", () => {
  test.each([
    ["text"],
    [null],
    [{ kind: "event" }],
    [{ kind: "reply", id: "x", body: {} }],
    [{ kind: "other", id: 1 }],
  ])("is any message that is no envelope: %j", async (message) => {
    const { ports, onParentViolation, onChildViolation } = open();
    ports.parent.send(message);
    ports.child.send(message);
    await settle();
    for (const violated of [onParentViolation, onChildViolation]) {
      expect(violated).toHaveBeenCalledTimes(1);
      expect(violated.mock.calls[0]?.[0]).toMatchObject({ code: "ipc.violation" });
    }
  });

  test("is a request body that does not fit; the asker is told and the handler does not run", async () => {
    const { ports, child, onChildViolation } = open();
    const handler = jest.fn(() => ({ sum: 1 }));
    child.handle(add, handler);
    const received: unknown[] = [];
    ports.parent.onMessage((message) => received.push(message));
    ports.parent.send({ kind: "request", id: 1, type: "test.add", body: { a: "1" } });
    await settle();
    expect(handler).not.toHaveBeenCalled();
    expect(onChildViolation).toHaveBeenCalledTimes(1);
    expect(received).toEqual([expect.objectContaining({ kind: "failure", id: 1, code: "ipc.violation" })]);
  });

  test("is a reply that does not fit, in both directions", async () => {
    const { parent, child, onParentViolation, onChildViolation } = open();
    const wrong = (): { sum: number } => ({ sum: "3" }) as unknown as { sum: number };
    parent.handle(add, wrong);
    child.handle(add, wrong);
    await expect(ask(parent)).rejects.toMatchObject({ code: "ipc.violation" });
    await expect(ask(child)).rejects.toMatchObject({ code: "ipc.violation" });
    expect(onParentViolation).toHaveBeenCalledTimes(1);
    expect(onChildViolation).toHaveBeenCalledTimes(1);
  });
});

describe("the end of a channel", () => {
  test("rejects all that waits, on both sides, and tells its listeners once", async () => {
    const { ports, parent, child, clock } = open();
    const never = (): Promise<never> => new Promise(() => undefined);
    parent.handle(add, never);
    child.handle(add, never);
    const closed = jest.fn();
    parent.onClose(closed);
    const waiting = [ask(parent), ask(parent), ask(child)];
    await settle();
    ports.disconnect();
    ports.disconnect();
    for (const request of waiting) await expect(request).rejects.toMatchObject({ code: "ipc.closed" });
    expect(closed).toHaveBeenCalledTimes(1);
    expect(clock.pending).toBe(0);
  });

  test("is final: later requests fail, later events and messages go nowhere, later listeners hear of it", async () => {
    const { ports, parent, child, onParentViolation } = open();
    const listener = jest.fn();
    child.on(greeted, listener);
    parent.close();
    await expect(ask(parent)).rejects.toMatchObject({ code: "ipc.closed" });
    parent.emit(greeted, { name: "a" });
    ports.child.send("nonsense");
    await settle();
    expect(listener).not.toHaveBeenCalled();
    expect(onParentViolation).not.toHaveBeenCalled();
    const closed = jest.fn();
    parent.onClose(closed);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test("is there from the start on a port that is closed already", async () => {
    const ports = linkPorts();
    ports.disconnect();
    const channel = createChannel({ port: ports.parent, onViolation: jest.fn() });
    await expect(ask(channel)).rejects.toMatchObject({ code: "ipc.closed" });
  });
});
