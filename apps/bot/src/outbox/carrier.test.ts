import { BlackskyError } from "@blacksky/errors";
import { describe, expect, jest, test } from "@jest/globals";
import type { Envelope } from "../socket/whatsapp-socket.ts";
import { carrierOf, type OutboxSocket } from "./carrier.ts";

const boom = (statusCode: number, data: unknown): Error =>
  Object.assign(new Error("no"), { data, output: { statusCode } });

const setUp = (relay: OutboxSocket["relay"]) => {
  const onRefused = jest.fn();
  const onGone = jest.fn();
  const events: string[] = [];
  const socket: OutboxSocket = {
    prepare: ({ id, chat }) => Promise.resolve({ id, chat, content: {}, bytes: new Uint8Array() }),
    relay: async (envelope) => {
      events.push(`relayed ${envelope.id}`);
      await relay(envelope);
    },
    refreshDevices: () => Promise.resolve(),
    askRestriction: () => Promise.resolve(),
  };
  const remember = ({ id }: Envelope): Promise<void> => {
    events.push(`stored ${id}`);
    return Promise.resolve();
  };
  return { carrier: carrierOf(socket, { remember, onRefused, onGone }), onRefused, onGone, events };
};

const letter = { id: "A", chat: "1@lid", text: "hello" };

describe("a socket as the outbox uses it", () => {
  test("stores a message, and puts it on the wire", async () => {
    const { carrier, events } = setUp(() => Promise.resolve());
    const ready = await carrier.prepare(letter);
    await ready.remember();
    await ready.relay();
    expect(events).toEqual(["stored A", "relayed A"]);
  });

  test("tells that it is gone, which says nothing about the message", async () => {
    for (const error of [boom(428, undefined), new BlackskyError("connection.noLease", "Not ours.")]) {
      const { carrier, onGone, onRefused } = setUp(() => Promise.reject(error));
      await expect((await carrier.prepare(letter)).relay()).rejects.toBe(error);
      expect([onGone.mock.calls.length, onRefused.mock.calls.length]).toEqual([1, 0]);
    }
  });

  test("tells what the server refuses while the message is made ready", async () => {
    const { carrier, onGone, onRefused } = setUp(() => Promise.reject(boom(500, 403)));
    await expect((await carrier.prepare(letter)).relay()).rejects.toThrow("no");
    expect([onGone.mock.calls, onRefused.mock.calls]).toEqual([[], [["A", "403"]]]);
  });

  test("leaves any other failure to whoever tries again", async () => {
    const { carrier, onGone, onRefused } = setUp(() => Promise.reject(boom(408, undefined)));
    await expect((await carrier.prepare(letter)).relay()).rejects.toThrow("no");
    expect([onGone.mock.calls, onRefused.mock.calls]).toEqual([[], []]);
  });
});
