import { describe, expect, test } from "@jest/globals";
import type { Entry } from "./entry.ts";
import { createLimits, NO_LIMITS, type RateLimits } from "./limits.ts";
import { createLines } from "./lines.ts";
import { newNotification, type NotificationMachineState } from "./notification/state.ts";

const NOW = 1_000_000;

const setUp = (rates: RateLimits = NO_LIMITS) => {
  const limits = createLimits(rates);
  const strangers = new Set<string>();
  const held = new Map<string, number>();
  const gate = {
    waitMs: (head: Entry): number => held.get(head.id) ?? 0,
    isStranger: (chat: string): boolean => strangers.has(chat),
  };
  const lines = createLines(gate, limits);
  let seq = 0;
  const add = (chat: string, id: string, priority = 5): Entry => {
    seq += 1;
    const state = newNotification(NOW);
    const more = { messageId: id, to: chat, createdAt: NOW, textBytes: 0, text: undefined };
    const entry: Entry = { id, chat, priority, seq, state, ...more };
    lines.add(entry, NOW);
    return entry;
  };
  const take = (now = NOW): string | undefined => {
    const entry = lines.next(now);
    if (entry === undefined) return undefined;
    entry.state = { ...entry.state, status: "executing", generation: 1, unwanted: false };
    lines.spend(entry, now);
    return entry.id;
  };
  const settle = (
    entry: Entry,
    status: Exclude<NotificationMachineState["status"], "scheduled" | "retryable" | "executing">,
  ) => {
    entry.state = { ...entry.state, status };
    lines.changed(entry, NOW);
  };
  return { lines, strangers, held, add, take, settle };
};

describe("the lines of the chats", () => {
  test("have one of each chat in hand, in its order", () => {
    const { add, take, settle } = setUp();
    const first = add("a", "a1");
    add("a", "a2", 0);
    add("b", "b1");
    expect([take(), take(), take()]).toEqual(["a1", "b1", undefined]);
    settle(first, "sent");
    expect(take()).toBe("a2");
  });

  test("let the urgent chats go first", () => {
    const { add, take } = setUp();
    add("a", "a1", 5);
    add("b", "b1", 9);
    add("c", "c1", 0);
    add("d", "d1", 5);
    expect([take(), take(), take(), take()]).toEqual(["c1", "a1", "d1", "b1"]);
  });

  test("wait with a head that waits, and go on without one that is over", () => {
    const { lines, held, add, take, settle } = setUp();
    held.set("a1", 500);
    const first = add("a", "a1");
    const second = add("a", "a2");
    add("a", "a3");
    expect([take(), lines.wakeInMs(NOW)]).toEqual([undefined, 500]);
    settle(second, "cancelled");
    expect(take()).toBeUndefined();
    settle(first, "discarded");
    expect(take()).toBe("a3");
  });

  test("look again when the wait is over, or when something has changed", () => {
    const { lines, held, add, take } = setUp();
    held.set("a1", 500);
    held.set("b1", 9_000_000);
    add("a", "a1");
    add("b", "b1");
    expect(take(NOW + 499)).toBeUndefined();
    held.clear();
    expect(take(NOW + 500)).toBe("a1");
    expect(lines.wakeInMs(NOW + 500)).toBe(59_500);
    lines.lookAgain(NOW + 500);
    expect(take(NOW + 500)).toBe("b1");
  });

  test("of strangers keep nobody else waiting", () => {
    const strangerRate = { burst: 1, everyMs: 1000 };
    const { lines, strangers, add, take } = setUp({ ...NO_LIMITS, strangers: strangerRate });
    strangers.add("a").add("b");
    add("a", "a1", 0);
    add("b", "b1", 0);
    add("c", "c1", 9);
    expect([take(), take(), take()]).toEqual(["a1", "c1", undefined]);
    expect(lines.wakeInMs(NOW)).toBe(1000);
    expect(take(NOW + 1000)).toBe("b1");
  });

  test("stand still while all together have sent enough", () => {
    const { lines, add, take } = setUp({ ...NO_LIMITS, overall: { burst: 1, everyMs: 1000 } });
    add("a", "a1");
    add("b", "b1");
    expect([take(), take(), lines.wakeInMs(NOW)]).toEqual(["a1", undefined, 1000]);
    expect(take(NOW + 1000)).toBe("b1");
  });

  test("hold no place for a chat that has nothing to send", () => {
    const { lines, add, take, settle } = setUp();
    const only = add("a", "a1");
    take();
    settle(only, "sent");
    expect([take(), lines.wakeInMs(NOW)]).toEqual([undefined, Infinity]);
    for (let count = 0; count < 200; count += 1) add("a", String(count));
    expect(take()).toBe("0");
  });
});
