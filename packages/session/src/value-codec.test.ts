import { describe, expect, test } from "@jest/globals";
import { seededRandom, type Random } from "@blacksky/machine";
import { BufferJSON } from "@whiskeysockets/baileys";
import { decodeValue, encodeJsonBytes, encodeValue } from "./value-codec.ts";

const withToJson = (answer: unknown): object => ({ secret: 1, toJSON: () => answer });

/** What Baileys' own store of files would give back. */
const throughJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, BufferJSON.replacer), BufferJSON.reviver);

const inJsonForm = (value: unknown): Buffer =>
  Buffer.concat([Buffer.of(1), Buffer.from(JSON.stringify(value, BufferJSON.replacer), "utf8")]);

const A_KEY = Buffer.alloc(32, 7).toString("base64");

const VALUES: [string, unknown][] = [
  [
    "a session without bytes",
    { _sessions: { "a/b+c=": { _chains: { [A_KEY]: { counter: 1, key: "k" } } } }, version: "v1" },
  ],
  ["bytes deep inside", { a: [{ b: { c: Uint8Array.of(1, 2, 255) } }] }],
  ["a Buffer", { public: Buffer.from("key"), private: Buffer.from([]) }],
  ["what was a Buffer before JSON", { key: { type: "Buffer", data: [1, 2, 3] } }],
  ["a Buffer that is text", { key: { type: "Buffer", data: "AQID" } }],
  ["numbers under numbers, which are bytes to Baileys", { seed: { "0": 1, "1": 255 } }],
  ["an object that only begins so", { seed: { "0": 1, one: 2 }, empty: {} }],
  ["message keys", { messageKeys: { "3": A_KEY, "12": A_KEY } }],
  ["something that writes itself", { deep: [withToJson({ inner: Buffer.from("x") }), withToJson("text")] }],
  ["something that writes itself as nothing", { deep: [withToJson(undefined)], kept: 1 }],
  ["a date", { at: new Date(0) }],
  ["absent parts", { a: undefined, b: null, c: [undefined, null], d: Number.NaN, e: 0, f: "", g: false, h: true }],
  ["numbers of every kind", [0, -1, 127, 128, 2 ** 31, 2 ** 53 - 1, -(2 ** 53), 1.5, -0.1, 1e300, Infinity]],
  ["text beyond ASCII", { name: "Jürgen 🦊 \u2028 \ud800", Größe: 1 }],
  [
    "text that is nearly base64",
    [
      "AAAAAAAAAAA=",
      "AAAAAAAAAAB=",
      "AAAAAAAAAA==",
      "AAAAAAAAAB==",
      "AAAA-AAA_AAA",
      "AAAAAAAA AAA",
      "AAA=AAAAAAAA",
      "AAAAAAAA====",
      "AAAAAAAAAAA\u0141",
    ],
  ],
  ["a name that is the prototype's", JSON.parse('{"__proto__":{"x":1}}')],
  ["an array of texts", ["0", "1"]],
  ["text", "0"],
  ["a number", 7],
  ["nothing", null],
];

const randomText = (random: Random): string => {
  const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)));
  return bytes.toString((["base64", "latin1", "hex", "utf16le"] as const)[Math.floor(random() * 4)]);
};

const randomValue = (random: Random, depth: number): unknown => {
  const kind = Math.floor(random() * (depth > 0 ? 8 : 6));
  switch (kind) {
    case 0:
      return randomText(random);
    case 1:
      return Math.floor((random() - 0.5) * 2 ** Math.floor(random() * 54));
    case 2:
      return random() * 1e6;
    case 3:
      return [null, true, false, undefined][Math.floor(random() * 4)];
    case 4:
      return Buffer.from(randomText(random));
    case 5:
      return String(Math.floor(random() * 100));
    case 6:
      return Array.from({ length: Math.floor(random() * 5) }, () => randomValue(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: Math.floor(random() * 5) }, () => [randomText(random), randomValue(random, depth - 1)]),
      );
  }
};

describe("a value", () => {
  test.each(VALUES)("comes back as from Baileys' own JSON: %s", (_what, value) => {
    expect(decodeValue("session", encodeValue(value))).toEqual(throughJson(value));
    expect(JSON.stringify(decodeValue("session", encodeValue(value)))).toBe(JSON.stringify(throughJson(value)));
  });

  test("comes back as from Baileys' own JSON, whatever it is", () => {
    const random = seededRandom(20);
    for (let round = 0; round < 2000; round += 1) {
      const value = { value: randomValue(random, 4) };
      expect(JSON.stringify(decodeValue("session", encodeValue(value)))).toBe(JSON.stringify(throughJson(value)));
    }
  });

  test("that an earlier build wrote as JSON is still read", () => {
    for (const [, value] of VALUES) expect(decodeValue("session", inJsonForm(value))).toEqual(throughJson(value));
  });

  test("takes little more than half of the space that its JSON takes", () => {
    const chain = () => ({ chainKey: { counter: 3, key: A_KEY }, chainType: 1, messageKeys: {} });
    const chains = Object.fromEntries(
      Array.from({ length: 8 }, (_, at) => [Buffer.alloc(33, at).toString("base64"), chain()]),
    );
    const session = { _sessions: { [A_KEY]: { registrationId: 1, _chains: chains } }, version: "v1" };
    expect(encodeValue(session).byteLength).toBeLessThan(0.55 * inJsonForm(session).byteLength);
  });

  test("of bytes is left as it is", () => {
    const bytes = Uint8Array.of(0, 1, 2, 255);
    expect(decodeValue("sender-key", encodeValue(bytes))).toEqual(Buffer.from(bytes));
  });

  test("of bytes that are JSON comes back as the same bytes", () => {
    const states = [{ senderKeyId: 7, senderChainKey: { iteration: 2, seed: Buffer.alloc(32, 7) } }];
    const bytes = Buffer.from(JSON.stringify(states, BufferJSON.replacer));
    expect(decodeValue("sender-key", encodeJsonBytes(states))).toEqual(bytes);
  });

  test("does not share its bytes with the record it was read from", () => {
    const record = encodeValue({ key: Buffer.from("secret") });
    const { key } = decodeValue("pre-key", record) as { key: Buffer };
    record.fill(0);
    expect(key.toString()).toBe("secret");
  });

  test("larger than any before is written whole", () => {
    const large = {
      keys: Array.from({ length: 500 }, (_, iteration) => ({ iteration, seed: Buffer.alloc(32, iteration) })),
      text: "ä".repeat(100_000),
    };
    expect(decodeValue("session", encodeValue(large))).toEqual(large);
  });
});

describe("bytes that are no value", () => {
  const record = encodeValue({ a: [1, -1, 0.5, A_KEY, "text", "ä", Buffer.from("x"), { b: null }], _sessions: {} });
  const refused = expect.objectContaining({ code: "session.recordCorrupt" });

  test("are refused wherever they are cut", () => {
    for (let length = 0; length < record.length; length += 1) {
      expect(() => decodeValue("session", record.subarray(0, length))).toThrow(refused);
    }
    expect(() => decodeValue("session", Buffer.concat([record, Buffer.of(0)]))).toThrow(refused);
  });

  test("are refused or read as something else, but break nothing, whatever is changed in them", () => {
    for (let index = 0; index < record.length; index += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const changed = Buffer.from(record);
        changed[index] = (changed[index] ?? 0) ^ flip;
        try {
          decodeValue("session", changed);
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }
    }
  });

  test.each([
    ["of an unknown form", [9, 0]],
    ["of an unknown kind", [3, 99]],
    ["without end", [3, 4, 255, 255, 255, 255, 255, 255, 255, 255, 127]],
  ])("are refused: %s", (_what, bytes) => {
    expect(() => decodeValue("session", Buffer.from(bytes))).toThrow(refused);
  });
});
