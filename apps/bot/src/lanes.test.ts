import { describe, expect, test } from "@jest/globals";
import { createLanes } from "./lanes.ts";

describe("lanes", () => {
  test("keep the order within a lane, also after a failure, and run side by side", async () => {
    const lanes = createLanes();
    const order: string[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const first = lanes.run("a", async () => {
      await gate;
      order.push("a1");
      throw new Error("a1");
    });
    const second = lanes.run("a", () => Promise.resolve(order.push("a2")));
    await lanes.run("b", () => Promise.resolve(order.push("b1")));
    expect([order, lanes.size]).toEqual([["b1"], 2]);
    release();
    await expect(first).rejects.toThrow("a1");
    await second;
    expect([order, lanes.size]).toEqual([["b1", "a1", "a2"], 0]);
  });
});
