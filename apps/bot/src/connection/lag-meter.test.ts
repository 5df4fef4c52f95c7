import { createFakeClock, type Clock, type FakeClock } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { createLagMeter, type LagMeter } from "./lag-meter.ts";

/** An event loop that can be blocked: time goes on, and timers that fall due meanwhile fire afterwards. */
const blockable = (): { clock: Clock; time: FakeClock; block: (ms: number) => void } => {
  const time = createFakeClock();
  let blockedMs = 0;
  const clock: Clock = { ...time, monotonic: () => time.monotonic() + blockedMs };
  return { clock, time, block: (ms) => void (blockedMs += ms) };
};

const setUp = (): ReturnType<typeof blockable> & { meter: LagMeter } => {
  const loop = blockable();
  return { ...loop, meter: createLagMeter(loop.clock) };
};

describe("the lag of the event loop", () => {
  test("is nothing while timers fire in time", () => {
    const { meter, time } = setUp();
    time.advance(60_000);
    expect(meter.worstMs).toBe(0);
  });

  test("is known for a while after the loop was blocked", () => {
    const { meter, time, block } = setUp();
    time.advance(1000);
    block(4000);
    time.advance(500);
    expect(meter.worstMs).toBe(4000);
    block(100);
    time.advance(14_000);
    expect(meter.worstMs).toBe(4000);
    time.advance(1500);
    expect(meter.worstMs).toBeLessThan(4000);
  });

  test("is seen before the timer that is overdue has fired", () => {
    const { meter, block } = setUp();
    block(3500);
    expect(meter.worstMs).toBe(3000);
  });

  test("leaves no timer when it is stopped", () => {
    const { meter, time } = setUp();
    meter.stop();
    expect(time.pending).toBe(0);
  });
});
