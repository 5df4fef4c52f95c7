import { expect, test } from "@jest/globals";
import { watchMemory } from "./watch-memory.ts";

test("memory that runs out is told once, until it was well below again", () => {
  const told: number[] = [];
  const look = watchMemory({
    quotaMb: 200,
    emergencyThreshold: 85,
    cleanupThreshold: 70,
    onPressure: (usedMb, quotaMb) => void told.push(usedMb, quotaMb),
  });
  for (const usedMb of [100, 169, 170, 180, 150, 175, 139, 171]) look(usedMb);
  expect(told).toEqual([170, 200, 171, 200]);
});
