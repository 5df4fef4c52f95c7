import { describe, expect, test } from "@jest/globals";
import { BufferJSON } from "@whiskeysockets/baileys";
import { decodeValue, encodeValue } from "./value-codec.ts";

const withToJson = (answer: unknown): object => ({ secret: 1, toJSON: () => answer });

describe("encodeValue", () => {
  test.each<[string, unknown]>([
    [
      "a session without bytes",
      { _sessions: { "a/b+c=": { chains: { x: { counter: 1, key: "k" } } } }, version: "v1" },
    ],
    ["bytes deep inside", { a: [{ b: { c: Uint8Array.of(1, 2, 255) } }] }],
    ["a Buffer", { public: Buffer.from("key"), private: Buffer.from([]) }],
    ["what was a Buffer before JSON", { key: { type: "Buffer", data: [1, 2, 3] } }],
    ["something that writes itself", { deep: [withToJson({ inner: Buffer.from("x") }), withToJson("text")] }],
    ["a date", { at: new Date(0) }],
    ["absent parts", { a: undefined, b: null, c: [undefined, null], d: Number.NaN, e: 0, f: "", g: false }],
    ["text beyond ASCII", { name: "Jürgen 🦊 \u2028 \ud800" }],
    ["an array of texts", ["0", "1"]],
    ["text", "0"],
    ["a number", 7],
    ["nothing", null],
  ])("writes %s as Baileys would", (_what, value) => {
    const expected = Buffer.concat([Buffer.of(1), Buffer.from(JSON.stringify(value, BufferJSON.replacer), "utf8")]);
    expect(Buffer.from(encodeValue(value)).equals(expected)).toBe(true);
    expect(decodeValue("session", encodeValue(value))).toEqual(
      JSON.parse(JSON.stringify(value, BufferJSON.replacer), BufferJSON.reviver),
    );
  });

  test("leaves bytes as they are", () => {
    const bytes = Uint8Array.of(0, 1, 2, 255);
    expect(decodeValue("sender-key", encodeValue(bytes))).toEqual(Buffer.from(bytes));
  });
});
