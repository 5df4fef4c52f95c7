import { describe, expect, test } from "@jest/globals";
import { createBoundedMap } from "./bounded-map.ts";

describe("a bounded map", () => {
  test("forgets what was used least recently", () => {
    const map = createBoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.get("a");
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c"), map.size]).toEqual([1, undefined, 3, 2]);
  });

  test("does not grow when a key is set again", () => {
    const map = createBoundedMap<number>(2);
    for (const value of [1, 2, 3]) map.set("a", value);
    expect([map.size, map.get("a")]).toEqual([1, 3]);
  });

  test("deletes and clears", () => {
    const map = createBoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 1);
    map.delete("a");
    expect(map.size).toBe(1);
    map.clear();
    expect(map.size).toBe(0);
  });
});
