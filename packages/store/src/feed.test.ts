import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { open } from "lmdb";
import { COMPACT_EVERY } from "./compact-feed.ts";
import { openStore } from "./index.ts";
import type { FeedEntry, Store } from "./index.ts";
import { encodePosition } from "./key.ts";
import { encodeRecord } from "./record-codec.ts";
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

  test("does not grow with changes that repeat the same keys, and still tells every one of them", async () => {
    const rounds = 2 * COMPACT_EVERY;
    await store.write([
      { key: "gone", value: bytes("x") },
      { key: "once", value: bytes("y") },
    ]);
    await store.write([{ key: "gone", value: undefined }]);
    const half = Math.floor(rounds / 2);
    let seenAtHalf = 0;
    for (let at = 0; at < rounds; at += 100) {
      const changes = Array.from({ length: 100 }, (_, index) => ({
        key: `k/${index % 7}`,
        value: bytes(String(at + index)),
      }));
      await store.write(changes);
      if (at < half) seenAtHalf = store.position;
    }
    expect(store.position).toBe(rounds + 3);
    const keys = (from: number): string[] => store.changesSince(from, 100).map(({ key }) => key);
    expect(keys(0).toSorted()).toEqual(["gone", "k/0", "k/1", "k/2", "k/3", "k/4", "k/5", "k/6", "once"]);
    expect(store.changesSince(0, 100).map(({ position }) => position)).toEqual(
      store
        .changesSince(0, 100)
        .map(({ position }) => position)
        .toSorted((a, b) => a - b),
    );
    // What has not changed since may be told once more.
    expect(keys(seenAtHalf)).toEqual(expect.arrayContaining(["k/0", "k/1", "k/2", "k/3", "k/4", "k/5", "k/6"]));
    expect(keys(store.position)).toEqual([]);
    expect(statSync(join(directory.path, "store", "data.mdb")).size).toBeLessThan(4 * 2 ** 20);
    await store.trimFeed(store.position);
    expect(keys(0)).toEqual([]);
  });
});

describe("a store of schema 1", () => {
  const table = { encoding: "binary", keyEncoding: "binary" } as const;
  const at = (position: number): Buffer => encodePosition(position);

  /** As the first builds wrote one: three changes, the first of them replicated. */
  const makeOld = async (path: string): Promise<void> => {
    const root = open<Uint8Array, Uint8Array>({ path, noSubdir: false, maxDbs: 5, ...table });
    const [records, feed, index, meta] = ["records", "feed", "index", "meta"].map((name) =>
      root.openDB<Uint8Array, Uint8Array>({ name, ...table }),
    );
    for (const key of ["a", "b"]) await records?.put(Buffer.from(key), encodeRecord(Buffer.from(key), bytes(key)));
    for (const [position, key] of [
      [2, "b"],
      [3, "c"],
    ] as const) {
      await feed?.put(at(position), Buffer.from(key));
      await index?.put(Buffer.from(key), at(position));
    }
    const words = { "store.schema": "1", "store.position": "3", "store.trimmed": "1", origin: "fresh" };
    for (const [name, value] of Object.entries(words)) await meta?.put(Buffer.from(name), Buffer.from(value));
    await root.close();
  };

  test("is brought up to date when it is opened for writing, with what waits in its feed", async () => {
    const path = join(directory.path, "old");
    await makeOld(path);
    expect(() => openStore({ path, readOnly: true })).toThrow(expect.objectContaining({ code: "store.outdated" }));
    for (let opened = 0; opened < 2; opened += 1) {
      const old = openStore({ path });
      expect(old.changesSince(0, 10).map(plain)).toEqual([
        [2, "b", "b"],
        [3, "c", undefined],
      ]);
      expect([old.position, old.trimmedPosition, old.meta.get("origin"), old.count("")]).toEqual([3, 1, "fresh", 2]);
      await old.close();
    }
    const now = openStore({ path });
    expect(await now.write([{ key: "b", value: bytes("2") }])).toBe(4);
    expect(now.changesSince(1, 10).map(({ key }) => key)).toEqual(["c", "b"]);
    await now.close();
  });
});
