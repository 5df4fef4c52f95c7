import { describe, expect, test } from "@jest/globals";
import { encodeFrame, FrameReader } from "./frames.ts";

const HEADER = Buffer.from("57410603", "hex");
const ROUTING = Buffer.from("45440001", "hex");

describe("FrameReader", () => {
  test("reads the prologue and the frames behind it", () => {
    const reader = new FrameReader();
    const frames = reader.push(Buffer.concat([HEADER, encodeFrame(Buffer.from("a")), encodeFrame(Buffer.from("bc"))]));
    expect(frames.map(String)).toEqual(["a", "bc"]);
    expect(reader.prologue).toEqual({ header: HEADER, routing: undefined });
  });

  test("keeps the routing part out of the header", () => {
    const reader = new FrameReader();
    const routing = Buffer.from([1, 2, 3]);
    const frames = reader.push(Buffer.concat([ROUTING, encodeFrame(routing), HEADER, encodeFrame(Buffer.from("a"))]));
    expect(frames.map(String)).toEqual(["a"]);
    expect(reader.prologue).toEqual({ header: HEADER, routing });
  });

  test("puts frames together from single bytes", () => {
    const reader = new FrameReader();
    const stream = Buffer.concat([
      ROUTING,
      encodeFrame(Buffer.from([9])),
      HEADER,
      encodeFrame(Buffer.alloc(300, 1)),
      encodeFrame(Buffer.alloc(0)),
    ]);
    const frames = [...stream].flatMap((byte) => reader.push(Buffer.from([byte])));
    expect(frames.map(({ length }) => length)).toEqual([300, 0]);
  });

  test("refuses what is not WhatsApp Web", () => {
    expect(() => new FrameReader().push(Buffer.from("GET / HTTP/1.1"))).toThrow("instead of the WhatsApp Web header");
  });
});
