import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "./index.ts";
import type { RecordChange, Store } from "./index.ts";
import { makeTemporaryDirectory } from "./testing/temporary-directory.ts";
import type { TemporaryDirectory } from "./testing/temporary-directory.ts";

const put = (key: string, at: number): RecordChange & { value: Uint8Array } => ({ key, value: Uint8Array.of(at) });

let directory: TemporaryDirectory;
let store: Store;
const path = (): string => join(directory.path, "store");
const dump = (): Record<string, number[]> =>
  Object.fromEntries(Array.from(store.entries(""), ({ key, value }) => [key, [...value]]));

beforeEach(async () => {
  directory = makeTemporaryDirectory();
  store = openStore({ path: path() });
  await store.restore([put("a", 1), put("b", 1), put("c", 1)], 10);
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

describe("catching up", () => {
  test("changes, adds and deletes records, moves the position and leaves nothing to replicate", async () => {
    await store.catchUp(14, async (change) => {
      change([put("a", 2), put("d", 2)]);
      change([{ key: "b", value: undefined }]);
    });
    expect(dump()).toEqual({ a: [2], c: [1], d: [2] });
    expect([store.position, store.trimmedPosition, store.changesSince(0, 10)]).toEqual([14, 14, []]);
    expect(await store.write([put("a", 3)])).toBe(15);
  });

  test("that failed in the middle is never opened as a session, but may go on", async () => {
    const failing = store.catchUp(12, async (change) => {
      change([put("a", 2)]);
      throw new Error("the network");
    });
    await expect(failing).rejects.toThrow("the network");
    expect(store.position).toBe(10);
    await store.close();
    expect(() => openStore({ path: path() })).toThrow(expect.objectContaining({ code: "store.incomplete" }));
  });

  test("may be tried again after a failure", async () => {
    await store.catchUp(12, () => Promise.reject(new Error("the network"))).catch(() => undefined);
    await store.catchUp(13, async (change) => change([put("a", 3)]));
    await store.close();
    store = openStore({ path: path() });
    expect([store.position, dump()["a"]]).toEqual([13, [3]]);
  });

  test("is refused where something was written since, or backward", async () => {
    await expect(store.catchUp(9, async () => undefined)).rejects.toMatchObject({ code: "store.invalid" });
    await store.write([put("a", 2)]);
    await expect(store.catchUp(12, async () => undefined)).rejects.toMatchObject({ code: "store.diverged" });
    expect(store.position).toBe(11);
  });
});
