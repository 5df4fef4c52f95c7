import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "./open-store.ts";
import type { Store } from "./store.ts";
import { makeTemporaryDirectory } from "./testing/temporary-directory.ts";

let directory: ReturnType<typeof makeTemporaryDirectory>;
let store: Store;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  store = openStore({ path: `${directory.path}/store` });
});
afterEach(async () => {
  await store.close();
  directory.remove();
});

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const keyOf = (index: number): string => `session/session/${String(index).padStart(5, "0")}`;

describe("a moment of the store", () => {
  test("shows what was there at its position, while records are added, rewritten and deleted", async () => {
    await store.write(
      Array.from({ length: 1_000 }, (_, index) => ({ key: keyOf(index), value: Buffer.from(`old ${index}`) })),
    );
    const before = store.position;
    const seen: string[] = [];
    await store.readMoment(async ({ position, entries }) => {
      expect(position).toBe(before);
      for (const { key, value } of entries) {
        seen.push(`${key} ${Buffer.from(value).toString()}`);
        const index = seen.length;
        if (index % 100 !== 0) continue;
        await store.write([
          { key: keyOf(index + 300), value: Buffer.from("new") },
          { key: keyOf(index + 401), value: undefined },
          { key: keyOf(index + 5_000), value: Buffer.from("added") },
        ]);
        await nextTurn();
      }
    });
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => `${keyOf(index)} old ${index}`));
    expect(store.position).toBeGreaterThan(before);
    expect(store.get(keyOf(501))).toBeUndefined();
  });

  test("is over when its reader fails, and the store goes on", async () => {
    await store.write([{ key: "a", value: Buffer.from("1") }]);
    await expect(store.readMoment(async () => Promise.reject(new Error("enough")))).rejects.toThrow("enough");
    expect(store.writeSync([{ key: "a", value: Buffer.from("2") }])).toBe(2);
    expect(await store.readMoment(async ({ entries }) => [...entries].length)).toBe(1);
  });
});
