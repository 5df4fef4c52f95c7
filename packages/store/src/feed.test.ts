import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "./index.ts";
import type { FeedEntry, Store } from "./index.ts";
import { makeTemporaryDirectory } from "./testing/temporary-directory.ts";
import type { TemporaryDirectory } from "./testing/temporary-directory.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = ({ position, key, value }: FeedEntry) => [position, key, value && new TextDecoder().decode(value)];

let directory: TemporaryDirectory;
let store: Store;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  store = openStore({ path: join(directory.path, "store") });
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

describe("the feed", () => {
  test("holds each key once, at its newest position, with the value of now", async () => {
    await store.write([
      { key: "a", value: bytes("1") },
      { key: "b", value: bytes("1") },
      { key: "a", value: bytes("2") },
    ]);
    await store.write([{ key: "b", value: undefined }]);
    await store.write([{ key: "c", value: bytes("1") }]);
    expect(store.changesSince(0, 10).map(plain)).toEqual([
      [3, "a", "2"],
      [4, "b", undefined],
      [5, "c", "1"],
    ]);
    expect(store.changesSince(3, 1).map(plain)).toEqual([[4, "b", undefined]]);
    expect(store.changesSince(5, 10)).toEqual([]);
  });

  test("forgets what is replicated and keeps what came later", async () => {
    for (const key of ["a", "b", "c"]) await store.write([{ key, value: bytes(key) }]);
    await store.trimFeed(2);
    expect(store.trimmedPosition).toBe(2);
    expect(store.changesSince(0, 10).map(plain)).toEqual([[3, "c", "c"]]);
    await store.write([{ key: "a", value: bytes("again") }]);
    expect(store.changesSince(0, 10).map(({ key }) => key)).toEqual(["c", "a"]);
    await store.trimFeed(99);
    expect(store.changesSince(0, 10)).toEqual([]);
    expect([store.position, store.trimmedPosition]).toEqual([4, 4]);
    expect(await store.write([{ key: "d", value: bytes("d") }])).toBe(5);
  });

  test("is forgotten in steps when it is long", async () => {
    await store.write(Array.from({ length: 3_500 }, (_, at) => ({ key: `k/${at}`, value: bytes("x") })));
    await store.trimFeed(3_200);
    expect(store.changesSince(0, 5_000)).toHaveLength(300);
    expect(store.count("k/")).toBe(3_500);
  });

  test("lets a replica that follows it become equal, whatever happens to the store", async () => {
    const replica = new Map<string, string>();
    let replicated = 0;
    let seed = 42;
    const roll = (sides: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * sides);
    };
    for (let step = 0; step < 400; step += 1) {
      const changes = Array.from({ length: roll(6) }, () => ({
        key: `k/${roll(40)}`,
        value: roll(4) === 0 ? undefined : bytes(String(roll(1_000))),
      }));
      await store.write(changes);
      if (roll(3) > 0) continue;
      for (const { position, key, value } of store.changesSince(replicated, 1 + roll(20))) {
        if (value === undefined) replica.delete(key);
        else replica.set(key, new TextDecoder().decode(value));
        replicated = position;
      }
      if (roll(2) === 0) await store.trimFeed(replicated);
    }
    for (const { key, value } of store.changesSince(replicated, 1_000)) {
      if (value === undefined) replica.delete(key);
      else replica.set(key, new TextDecoder().decode(value));
    }
    const records = new Map([...store.entries("")].map(({ key, value }) => [key, new TextDecoder().decode(value)]));
    expect(Object.fromEntries(replica)).toEqual(Object.fromEntries(records));
    expect(records.size).toBeGreaterThan(10);
  });
});
