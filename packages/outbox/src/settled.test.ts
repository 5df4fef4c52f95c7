import { describe, expect, test } from "@jest/globals";
import { createSettled } from "./settled.ts";

const alive = (seq: number, at: number) => ({ seq, at, isDead: false });

describe("what is over", () => {
  test("is forgotten, the oldest first, once there is too much of it", () => {
    const settled = createSettled({ maxCount: 2, maxAgeMs: 1000 });
    for (const seq of [1, 2, 3]) settled.add(`m${String(seq)}`, alive(seq, 100 * seq));
    expect(settled.prune(400)).toEqual([1]);
    expect([settled.get("m1"), settled.get("m2")]).toEqual([undefined, 2]);
    expect(settled.prune(400)).toEqual([]);
  });

  test("is forgotten once it is old enough", () => {
    const settled = createSettled({ maxCount: 10, maxAgeMs: 1000 });
    settled.add("m1", alive(1, 0));
    settled.add("m2", { seq: 2, at: 500, isDead: true });
    expect(settled.prune(999)).toEqual([]);
    expect(settled.prune(1000)).toEqual([1]);
    expect([settled.deadCount, settled.dead()]).toEqual([1, [2]]);
    expect(settled.prune(1500)).toEqual([2]);
    expect([settled.deadCount, settled.dead()]).toEqual([0, []]);
  });
});
