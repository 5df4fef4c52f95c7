import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { nowMs } from "../clock.ts";
import { Path } from "./path.ts";
import type { Latency } from "./path.ts";

const NONE: Latency = { ms: 0, jitterMs: 0 };

/** Resolves with the order of arrival when all have arrived. */
const passAll = async (path: Path, count: number): Promise<number[]> => {
  const arrived: number[] = [];
  await new Promise<void>((resolve) => {
    for (let index = 0; index < count; index += 1) {
      path.pass(() => {
        arrived.push(index);
        if (arrived.length === count) resolve();
      });
    }
  });
  return arrived;
};

const ascending = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("a path", () => {
  test("that is neither slow nor stalled delivers at once", () => {
    const arrived: string[] = [];
    new Path(() => NONE).pass(() => arrived.push("first"));
    expect(arrived).toEqual(["first"]);
  });

  test("that is slow delivers late, and in order whatever the jitter", async () => {
    const path = new Path(() => ({ ms: 20, jitterMs: 30 }));
    const startedAt = nowMs();
    expect(await passAll(path, 50)).toEqual(ascending(50));
    expect(nowMs() - startedAt).toBeGreaterThanOrEqual(20);
  });

  test("that becomes fast again does not overtake what is under way", async () => {
    const latency = { ms: 30, jitterMs: 0 };
    const path = new Path(() => latency);
    const arrived: string[] = [];
    path.pass(() => arrived.push("slow"));
    latency.ms = 0;
    await new Promise<void>((resolve) => {
      path.pass(() => {
        arrived.push("fast");
        resolve();
      });
    });
    expect(arrived).toEqual(["slow", "fast"]);
  });

  test("that is stalled delivers nothing until it is released, then everything in order", async () => {
    const path = new Path(() => NONE);
    path.stall();
    let isReleased = false;
    let early = 0;
    const all = passAll(path, 3);
    path.pass(() => {
      if (!isReleased) early += 1;
    });
    await pause(20);
    isReleased = true;
    path.release();
    expect(await all).toEqual(ascending(3));
    expect(early).toBe(0);
  });

  test("that is cleared delivers nothing of what was under way", async () => {
    const path = new Path(() => NONE);
    const arrived: string[] = [];
    path.stall();
    path.pass(() => arrived.push("lost"));
    path.clear();
    path.release();
    path.pass(() => arrived.push("new"));
    expect(arrived).toEqual(["new"]);
  });
});
