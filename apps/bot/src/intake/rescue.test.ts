import type { Entry, Rescued } from "@blacksky/inbox";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import { createRescuer, type RescuerOptions } from "./rescue.ts";

const entry = (id: string, attempts = 1): Entry => ({
  id,
  sequence: 1,
  state: "pending",
  at: 0,
  attempts,
  account: "me",
  attributes: {},
  parts: [],
});

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

/** An inbox in which these wait; what is received stays at work until `end`. */
const setUp = (waiting: readonly string[], more: Partial<Rescued> = {}) => {
  const gone = new Set<string>();
  const clock = createFakeClock();
  const told: string[] = [];
  const atWork: (() => void)[] = [];
  const inbox: RescuerOptions["inbox"] = {
    rescue: (account) => {
      told.push(`rescue ${account}`);
      return { entries: waiting.map((id) => entry(id)), givenUp: [], ...more };
    },
    isWaiting: ({ id }) => !gone.has(id),
    begin: (id) => Promise.resolve(void told.push(`begin ${id}`)),
    take: () => true,
    snooze: (id) => void told.push(`snooze ${id}`),
    giveUp: (id) => void told.push(`give up ${id}`),
    setAside: (id) => void told.push(`aside ${id}`),
    pending: waiting.length + (more.givenUp?.length ?? 0),
  };
  const intake = {
    receive: ({ entry: id }: IncomingMessage) => {
      told.push(`receive ${id}`);
      return new Promise<void>((resolve) => atWork.push(resolve));
    },
    apologise: ({ entry: id }: IncomingMessage) => {
      told.push(`apologise ${id}`);
      return Promise.resolve(id !== "unheard");
    },
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
  return { clock, told, gone, atWork, rescuer, socket, end };
};

describe("the rescuer", () => {
  test("hands out what waits when a connection opens", async () => {
    const { told, rescuer, socket } = setUp(["a", "b"]);
    rescuer.opened(socket);
    await settle();
    expect(told).toEqual(["rescue me", "begin a", "begin b", "receive a", "receive b"]);
  });

  test("puts aside what nobody wrote, or nobody understands, when no other half has come for a minute", async () => {
    const { clock, told, rescuer, socket } = setUp(["empty", "broken"]);
    rescuer.opened(socket);
    await settle();
    clock.advance(59_999);
    await settle();
    expect(told).toEqual(["rescue me"]);
    clock.advance(1);
    await settle();
    expect(told.slice(1)).toEqual(["rescue me", "aside empty", "aside broken"]);
  });

  test("leaves alone what has come again before its turn", async () => {
    const { told, gone, rescuer, socket, end } = setUp([
      ...Array.from({ length: 16 }, (_, at) => `m${String(at)}`),
      "late",
      "empty",
    ]);
    rescuer.opened(socket);
    await settle();
    for (const id of ["late", "empty"]) gone.add(id);
    await end(16);
    expect(told.filter((word) => /late|empty/.test(word))).toEqual([]);
  });

  test("says that nothing came of what is given up", async () => {
    const givenUp = [entry("poison"), entry("empty"), entry("unheard")];
    const { told, rescuer, socket } = setUp([], { givenUp });
    rescuer.opened(socket);
    await settle();
    expect(told.filter((word) => word.startsWith("apologise"))).toEqual(["apologise poison", "apologise unheard"]);
    // Its author has not heard yet, so it waits.
    const ends = told.filter((word) => /^(give up|snooze)/.test(word));
    expect(ends.toSorted()).toEqual(["give up empty", "give up poison", "snooze unheard"]);
  });

  test("handles what several processes did not survive after all else, later each time, with nothing else in hand", async () => {
    const entries = [entry("y", 5), entry("x", 3), entry("a"), entry("z", 5), entry("b", 2)];
    const { clock, told, rescuer, socket, end } = setUp(["y", "x", "a", "z", "b"], { entries });
    const pass = async (ms: number): Promise<void> => {
      clock.advance(ms);
      await settle();
    };
    rescuer.opened(socket);
    await settle();
    const received = (): string[] => told.filter((word) => word.startsWith("receive"));
    expect(received()).toEqual(["receive a", "receive b"]);
    await end(1);
    expect(received()).toHaveLength(2);
    await end(1);
    await pass(999);
    expect(received()).toHaveLength(2);
    await pass(1);
    expect(received().slice(2)).toEqual(["receive x"]);
    await end(1);
    await pass(2999);
    expect(received()).toHaveLength(3);
    await pass(1);
    expect(received().slice(3)).toEqual(["receive y"]);
    // Those that waited as long need not wait once more.
    await end(1);
    expect(received().slice(4)).toEqual(["receive z"]);
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
    expect(told.filter((word) => word.startsWith("receive"))).toHaveLength(16);
  });
});
