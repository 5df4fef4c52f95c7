import { describe, expect, test } from "@jest/globals";
import { createIncomingLine } from "./incoming-line.ts";

const setUp = (perChat = 2, total = 4) => {
  const ends: (() => void)[] = [];
  let freed = 0;
  const line = createIncomingLine({ perChat, total }, () => (freed += 1));
  const names = new Map<unknown, string>();
  const push = (name: string, chat: string, sender = chat): void => {
    const handle = (): Promise<void> => Promise.resolve();
    names.set(handle, name);
    line.push({ chat, sender, handle });
  };
  /** Takes everything there is room for, each staying until it is ended. */
  const takeAll = (): string[] => {
    const taken: string[] = [];
    for (let waiting = line.next(); waiting !== undefined; waiting = line.next()) {
      taken.push(names.get(waiting.handle) ?? "");
      line.occupy(waiting.chat, new Promise<void>((resolve) => ends.push(resolve)));
    }
    return taken;
  };
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { line, push, takeAll, end, freed: () => freed };
};

describe("the line of incoming stanzas", () => {
  test("passes by a chat that has its fill, and nobody else", async () => {
    const { push, takeAll, end } = setUp();
    for (const name of ["A1", "A2", "A3", "B1", "A4"]) push(name, name.slice(0, 1));
    expect(takeAll()).toEqual(["A1", "A2", "B1"]);
    await end();
    expect(takeAll()).toEqual(["A3"]);
  });

  test("keeps the order of a sender who stands in several chats", () => {
    const { push, takeAll } = setUp(1);
    push("in the group", "group", "other");
    push("first", "group", "A");
    push("second", "A", "A");
    push("third", "group", "B");
    push("unrelated", "C");
    expect(takeAll()).toEqual(["in the group", "unrelated"]);
  });

  test("lets in no more than there is room for altogether, and tells when there is some again", async () => {
    const { push, takeAll, end, freed } = setUp(2, 3);
    for (const name of ["A", "B", "C", "D"]) push(name, name);
    expect(takeAll()).toEqual(["A", "B", "C"]);
    await end();
    expect(freed()).toBe(1);
    expect(takeAll()).toEqual(["D"]);
  });

  test("frees the room of what failed", async () => {
    const { line, push, takeAll } = setUp(1);
    push("A1", "A");
    line.next();
    line.occupy("A", Promise.reject(new Error("broken")));
    await new Promise((resolve) => setImmediate(resolve));
    push("A2", "A");
    expect(takeAll()).toEqual(["A2"]);
  });

  test("forgets everybody when it is cleared", () => {
    const { line, push, takeAll } = setUp();
    push("A1", "A");
    line.clear();
    expect(takeAll()).toEqual([]);
  });
});
