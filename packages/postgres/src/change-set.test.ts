import { describe, expect, test } from "@jest/globals";

import { chunkChanges, packValues } from "./change-set.ts";
import type { ReplicaRecord } from "./change-set.ts";

const record = (key: string, size: number): ReplicaRecord => ({
  key,
  value: new Uint8Array(size).fill(key.charCodeAt(0)),
});

describe("chunkChanges", () => {
  test("keeps a small set in one chunk", () => {
    const upserts = [record("a", 3), record("b", 3)];
    expect(chunkChanges(upserts, ["c"], 10)).toEqual([{ upserts, deletes: ["c"] }]);
  });

  test("makes one chunk of no changes, so that the position still moves", () => {
    expect(chunkChanges([], [], 10)).toEqual([{ upserts: [], deletes: [] }]);
  });

  test("cuts by bytes, in order, and deletes last", () => {
    const upserts = [record("a", 6), record("b", 4), record("c", 1), record("d", 99), record("e", 2)];
    const chunks = chunkChanges(upserts, ["x"], 10);
    expect(chunks.map((chunk) => chunk.upserts.map(({ key }) => key).join(""))).toEqual(["ab", "c", "d", "e"]);
    expect(chunks.map((chunk) => chunk.deletes.length)).toEqual([0, 0, 0, 1]);
  });
});

describe("packValues", () => {
  test("puts values one after the other and says where each is, counting from 1", () => {
    const { block, offsets, lengths } = packValues([record("a", 2), record("b", 0), record("c", 3)]);
    expect(block.toString()).toBe("aaccc");
    expect(offsets).toEqual([1, 3, 3]);
    expect(lengths).toEqual([2, 0, 3]);
  });
});
