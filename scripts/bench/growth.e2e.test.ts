import { expect, test } from "@jest/globals";
import { BUSY, measureGrowth } from "./growth.ts";

test("a replica that is rewritten all day stays small: PostgreSQL uses the room of old versions again", async () => {
  const { largestBytes, writtenBytes } = await measureGrowth({ ...BUSY, minutes: 6 });
  // Measured: 6.5 MB, of 20 MB that were written and 0.8 MB that is live.
  expect(writtenBytes).toBeGreaterThan(15_000_000);
  expect(largestBytes).toBeLessThan(writtenBytes / 2);
});
