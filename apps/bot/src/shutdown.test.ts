import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import { drain, type Drainable } from "./shutdown.ts";

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

const setUp = (more: { neverFinishes?: boolean } = {}) => {
  const clock = createFakeClock();
  const told: string[] = [];
  const left = { commands: 2 };
  let finish = (): void => undefined;
  const inside = new Promise<void>((resolve) => (finish = resolve));
  const work = {
    clock,
    intake: {
      get size() {
        return left.commands;
      },
    },
    outgoing: {
      lock: () => told.push("locked"),
      get quiet() {
        return left.commands === 0;
      },
    },
    queue: {
      counts: { pending: 0, retrying: 0, dead: 0, delivered: 0 },
    },
    slot: {
      closeToMessages: () => {
        told.push("closed to messages");
        return more.neverFinishes === true ? new Promise(() => undefined) : inside;
      },
      end: () => Promise.resolve(told.push("ended")),
    },
  } as unknown as Drainable;
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  return { work, told, left, finish, advance };
};

describe("a drain", () => {
  test("takes nothing more, finishes what is inside, then what is to be answered, then ends the socket", async () => {
    const { work, told, left, finish, advance } = setUp();
    const drained = drain(work, 8000);
    await advance(100);
    expect(told).toEqual(["locked", "closed to messages"]);
    finish();
    await settle();
    await advance(100);
    expect(told).not.toContain("ended");
    left.commands = 0;
    await advance(100);
    expect(await drained).toBe(0);
    expect(told.at(-1)).toBe("ended");
  });

  test("leaves undone what takes too long, with enough time left to end the socket", async () => {
    const { work, told, advance } = setUp({ neverFinishes: true });
    const drained = drain(work, 8000);
    await advance(4499);
    expect(told).not.toContain("ended");
    await advance(1);
    expect(await drained).toBe(2);
  });
});
