import { expect, test } from "@jest/globals";
import { createFakeClock } from "./fake-clock.ts";
import { createPatience } from "./patience.ts";

test("after a wait in vain nothing is waited for, until the pause is over", async () => {
  const clock = createFakeClock();
  const { wait } = createPatience(clock, 1000);
  const error = new Error("away");
  expect(await wait(() => Promise.resolve())).toEqual({ status: "done" });
  expect(await wait(() => Promise.reject(error))).toEqual({ status: "failed", error });
  clock.advance(999);
  expect(await wait(() => Promise.resolve())).toEqual({ status: "paused" });
  clock.advance(1);
  expect(await wait(() => Promise.resolve())).toEqual({ status: "done" });
  expect(await wait(() => Promise.resolve())).toEqual({ status: "done" });
});
