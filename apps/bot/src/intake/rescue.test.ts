import type { Entry, Inbox, Rescued } from "@blacksky/inbox";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import { createRescuer } from "./rescue.ts";

const entry = (id: string): Entry => ({
  id,
  sequence: 1,
  state: "pending",
  at: 0,
  attempts: 1,
  account: "me",
  attributes: {},
  parts: [],
});

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

/** An inbox in which these wait; what is received stays at work until `end`. */
const setUp = (waiting: readonly string[], more: Partial<Rescued> = {}) => {
  const clock = createFakeClock();
  const told: string[] = [];
  const atWork: (() => void)[] = [];
  const inbox: Pick<Inbox, "rescue" | "setAside" | "pending"> = {
    rescue: (account) => {
      told.push(`rescue ${account}`);
      return Promise.resolve({ entries: waiting.map(entry), givenUp: [], ...more });
    },
    setAside: (id) => void told.push(`aside ${id}`),
    pending: waiting.length + (more.givenUp?.length ?? 0),
  };
  const intake = {
    receive: ({ entry: id }: IncomingMessage) => {
      told.push(`receive ${id}`);
      return new Promise<void>((resolve) => atWork.push(resolve));
    },
    apologise: ({ entry: id }: IncomingMessage) => Promise.resolve(void told.push(`apologise ${id}`)),
  };
  const rescuer = createRescuer({ inbox, intake, clock, log: createTestLogger() });
  const socket = {
    account: "me",
    readEntry: ({ id }: Entry): IncomingMessage | undefined => {
      if (id === "broken") throw new Error("no stanza");
      return id === "empty" ? undefined : ({ entry: id } as IncomingMessage);
    },
  };
  const end = async (count: number): Promise<void> => {
    for (const resolve of atWork.splice(0, count)) resolve();
    await settle();
  };
  return { clock, told, atWork, rescuer, socket, end };
};

describe("the rescuer", () => {
  test("hands out what waits when a connection opens; what nobody wrote, or nobody understands, is put aside", async () => {
    const { told, rescuer, socket } = setUp(["a", "empty", "broken", "b"]);
    rescuer.opened(socket);
    await settle();
    expect(told).toEqual(["rescue me", "receive a", "aside empty", "aside broken", "receive b"]);
  });

  test("says that nothing came of what is given up", async () => {
    const { told, rescuer, socket } = setUp([], { givenUp: [entry("poison"), entry("empty")] });
    rescuer.opened(socket);
    await settle();
    expect(told).toEqual(["rescue me", "apologise poison"]);
  });

  test("has no more than sixteen at work", async () => {
    const { atWork, rescuer, socket, end } = setUp(Array.from({ length: 40 }, (_each, index) => `m${String(index)}`));
    rescuer.opened(socket);
    await settle();
    expect(atWork).toHaveLength(16);
    await end(1);
    expect(atWork).toHaveLength(16);
    await end(16);
    expect(atWork).toHaveLength(16);
  });

  test("looks again each minute while the connection is open, and not after it", async () => {
    const { clock, told, rescuer, socket, end } = setUp(["a"]);
    rescuer.opened(socket);
    await settle();
    await end(1);
    clock.advance(60_000);
    await settle();
    expect(told.filter((word) => word === "rescue me")).toHaveLength(2);
    await end(1);
    rescuer.closed();
    clock.advance(600_000);
    await settle();
    expect(told.filter((word) => word === "rescue me")).toHaveLength(2);
  });

  test("leaves the rest to the next connection when this one closes", async () => {
    const { told, rescuer, socket, end } = setUp(Array.from({ length: 40 }, (_each, index) => `m${String(index)}`));
    rescuer.opened(socket);
    await settle();
    rescuer.closed();
    await end(16);
    expect(told).toHaveLength(17);
  });
});
