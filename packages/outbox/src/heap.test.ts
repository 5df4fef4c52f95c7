import { seededRandom } from "@blacksky/machine";
import { expect, test } from "@jest/globals";
import { createHeap } from "./heap.ts";

test("a heap gives the first of what is in it, whatever came and went before (seeds 1 to 20)", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = seededRandom(seed);
    const heap = createHeap<number>((one, other) => one < other);
    let held: number[] = [];
    for (let count = 0; count < 500; count += 1) {
      if (random() < 0.6) {
        const number = Math.floor(random() * 100);
        heap.push(number);
        held = [...held, number].toSorted((one, other) => one - other);
      } else {
        expect(heap.peek()).toBe(held[0]);
        expect(heap.pop()).toBe(held[0]);
        held = held.slice(1);
      }
      expect(heap.size).toBe(held.length);
    }
  }
});
