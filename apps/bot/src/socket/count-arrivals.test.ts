import { createFakeClock } from "@blacksky/machine";
import { expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import { countArrivals } from "./count-arrivals.ts";

test("counts frames and pongs, and how long there was none", () => {
  const clock = createFakeClock(5000);
  const source = new EventEmitter();
  const arrivals = countArrivals(source, clock);
  clock.advance(700);
  expect({ ...arrivals }).toEqual({ frames: 0, silentMs: 700 });
  source.emit("message", Buffer.from("x"));
  clock.advance(10);
  source.emit("pong");
  source.emit("upgrade");
  clock.advance(20);
  clock.setWall(3_600_000);
  expect({ ...arrivals }).toEqual({ frames: 2, silentMs: 20 });
});
