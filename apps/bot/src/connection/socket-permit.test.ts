import { describe, expect, test } from "@jest/globals";
import { createLogger } from "@blacksky/logger";
import { createFakeClock, expiryIn, LONG_OVER } from "@blacksky/machine";
import { Writable } from "node:stream";
import { createSocketPermit } from "./socket-permit.ts";

const HOUR_MS = 3_600_000;

const setUp = () => {
  const clock = createFakeClock(10 * HOUR_MS);
  let logged = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const cuts: number[] = [];
  const begin = clock.monotonic();
  const log = createLogger({ system: "bot", json: false, level: "info", secrets: [], stream });
  const permit = createSocketPermit({ clock, log, cut: () => cuts.push(clock.monotonic() - begin) });
  return { clock, permit, cuts, logged: () => logged };
};

describe("the permit for a socket", () => {
  test("is none before the first word, and unlimited where nobody else can have the session", () => {
    const { clock, permit } = setUp();
    expect(permit.look()).toBe("over");
    permit.extend(null);
    clock.setWall(HOUR_MS);
    clock.advance(100 * HOUR_MS);
    expect([permit.look(), clock.pending]).toEqual(["running", 0]);
  });

  test("ends by itself when nobody prolongs it", () => {
    const { clock, permit, cuts } = setUp();
    permit.extend(expiryIn(clock, 3500));
    clock.advance(3499);
    expect([permit.look(), cuts]).toEqual(["running", []]);
    clock.advance(1);
    expect([[...cuts], permit.look(), clock.pending]).toEqual([[3500], "over", 0]);
  });

  test("goes on as long as it is prolonged, and ends at once when it is taken away", () => {
    const { clock, permit, cuts } = setUp();
    for (let round = 0; round < 10; round += 1) {
      permit.extend(expiryIn(clock, 3000));
      clock.advance(2000);
    }
    expect(cuts).toEqual([]);
    permit.extend(LONG_OVER);
    expect(cuts).toEqual([20_000]);
  });

  test("is over for a process that wakes up too late, before any timer has fired", () => {
    const { clock, permit, cuts } = setUp();
    permit.extend(expiryIn(clock, 3000));
    // Stopped: both clocks go on, timers do not.
    const stopped = { ...clock, now: () => clock.now() + 5000, monotonic: () => clock.monotonic() + 5000 };
    const late = createSocketPermit({ clock: stopped, log: createLogger(silent), cut: () => cuts.push(-1) });
    late.extend(expiryIn(clock, 3000));
    expect([late.look(), cuts[0]]).toEqual(["over", -1]);
  });

  test("does not last longer because the clock was set back by an hour", () => {
    const { clock, permit, cuts } = setUp();
    permit.extend(expiryIn(clock, 3000));
    clock.setWall(-HOUR_MS);
    clock.advance(2999);
    expect(permit.look()).toBe("running");
    clock.advance(1);
    expect(cuts).toEqual([3000]);
  });

  test("is in doubt when the clock was set forward: everything waits in order, and goes out once it is prolonged", () => {
    const { clock, permit, cuts, logged } = setUp();
    permit.extend(expiryIn(clock, 30_000));
    clock.setWall(HOUR_MS);
    expect(permit.look()).toBe("doubtful");
    const sent: string[] = [];
    permit.whenClear(() => sent.push("first"));
    permit.whenClear(() => sent.push("second"));
    clock.advance(2000);
    expect([permit.look(), sent]).toEqual(["doubtful", []]);
    permit.extend(expiryIn(clock, 30_000));
    expect([permit.look(), sent, cuts]).toEqual(["running", ["first", "second"], []]);
    expect(logged()).toContain("nothing is sent until the lease is confirmed");
    expect(logged()).toContain("The lease is still ours");
    clock.advance(20_000);
    expect(cuts).toEqual([]);
  });

  test("is over after some seconds of doubt, as on a machine that was suspended for too long; nothing goes out", () => {
    const { clock, permit, cuts } = setUp();
    permit.extend(expiryIn(clock, 30_000));
    clock.setWall(HOUR_MS);
    clock.advance(1000);
    const sent: string[] = [];
    permit.whenClear(() => sent.push("never"));
    clock.advance(5000);
    expect([[...cuts], permit.look(), sent]).toEqual([[6000], "over", []]);
    // Not even a later look takes it for a doubt again.
    clock.advance(1000);
    expect([permit.look(), clock.pending]).toEqual(["over", 0]);
  });
});

const silent = { system: "bot", json: false, level: "error", secrets: [], stream: new Writable() } as const;
