import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "./index.ts";
import type { Store, StoredRecord } from "./index.ts";
import { makeTemporaryDirectory } from "./testing/temporary-directory.ts";
import type { TemporaryDirectory } from "./testing/temporary-directory.ts";

const record = (at: number): StoredRecord => ({ key: `session/pre-key/${at}`, value: new Uint8Array(300).fill(at) });
const recordsUntil = function* (count: number, failure?: Error): Generator<StoredRecord> {
  for (let at = 0; at < count; at += 1) yield record(at);
  if (failure !== undefined) throw failure;
};

let directory: TemporaryDirectory;
let store: Store;
const path = (): string => join(directory.path, "store");

beforeEach(() => {
  directory = makeTemporaryDirectory();
  store = openStore({ path: path() });
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

describe("restoring", () => {
  test("fills the store, goes on at the position and leaves nothing to replicate", async () => {
    store.meta.set("origin", "restored");
    await store.restore(recordsUntil(2_500), 77);
    expect(store.count("session/")).toBe(2_500);
    expect([store.position, store.trimmedPosition]).toEqual([77, 77]);
    expect(store.changesSince(0, 10)).toEqual([]);
    expect(store.meta.get("origin")).toBe("restored");
    expect(await store.write([{ key: "session/creds", value: new Uint8Array(1) }])).toBe(78);
  });

  test("takes records from a stream", async () => {
    const stream = async function* (): AsyncGenerator<StoredRecord> {
      yield* recordsUntil(3);
    };
    await store.restore(stream(), 5);
    expect(store.count("")).toBe(3);
  });

  test("refuses a store that has something, or had", async () => {
    await store.write([{ key: "a", value: new Uint8Array(1) }]);
    await expect(store.restore(recordsUntil(1), 5)).rejects.toMatchObject({ code: "store.notEmpty" });
    await store.write([{ key: "a", value: undefined }]);
    await expect(store.restore(recordsUntil(1), 5)).rejects.toMatchObject({ code: "store.notEmpty" });
    expect(store.position).toBe(2);
  });

  test("leaves the store empty when the source fails in the middle, ready for the next source", async () => {
    const failure = new Error("connection lost");
    await expect(store.restore(recordsUntil(2_500, failure), 5)).rejects.toBe(failure);
    expect([store.count(""), store.position]).toEqual([0, 0]);
    await store.restore(recordsUntil(2), 6);
    expect([store.count(""), store.position]).toEqual([2, 6]);
  });

  test("keeps everybody out until it is complete", async () => {
    let another: unknown;
    let written: unknown;
    const source = async function* (): AsyncGenerator<StoredRecord> {
      yield record(1);
      written = await store.write([{ key: "a", value: new Uint8Array(1) }]).catch((error: unknown) => error);
      try {
        openStore({ path: path() });
      } catch (error) {
        another = error;
      }
    };
    await store.restore(source(), 5);
    expect(written).toMatchObject({ code: "store.incomplete" });
    expect(another).toMatchObject({ code: "store.incomplete" });
    await store.close();
    store = openStore({ path: path() });
    expect(store.count("")).toBe(1);
  });
});
