import { seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";

import { createSeal } from "./seal.ts";

const SECRET = "correct horse battery staple, 32+";
const KEY = "session/session/15551234.0";
const VALUE = Buffer.from("the ratchet");

describe.each([
  ["encrypted", SECRET],
  ["plain", undefined],
])("a record that is %s", (_, secret) => {
  const seal = createSeal("BOT", secret);

  test("opens to what was sealed, also when it is empty", () => {
    expect(Buffer.from(seal.open(KEY, seal.seal(KEY, VALUE)))).toEqual(VALUE);
    expect(seal.open(KEY, seal.seal(KEY, Buffer.alloc(0)))).toHaveLength(0);
  });

  test("does not open under another key or in another session", () => {
    const sealed = seal.seal(KEY, VALUE);
    expect(() => seal.open("session/session/1.0", sealed)).toThrow("damaged");
    expect(() => createSeal("OTHER", secret).open(KEY, sealed)).toThrow("damaged");
  });

  test("does not open when any byte was changed or the end was lost", () => {
    const sealed = Buffer.from(seal.seal(KEY, VALUE));
    const random = seededRandom(7);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ (1 + Math.floor(random() * 255));
      expect(() => seal.open(KEY, changed)).toThrow("damaged");
      expect(() => seal.open(KEY, sealed.subarray(0, index))).toThrow("damaged");
    }
  });

  test("tells its kind, but nobody's number, when it is damaged", () => {
    expect(() => seal.open(KEY, Buffer.alloc(0))).toThrow(/kind session\/session is damaged/);
  });
});

describe("createSeal", () => {
  test("hides the value, and differently each time", () => {
    const seal = createSeal("BOT", SECRET);
    const [first, second] = [Buffer.from(seal.seal(KEY, VALUE)), Buffer.from(seal.seal(KEY, VALUE))];
    expect(first.includes(VALUE)).toBe(false);
    expect(first.equals(second)).toBe(false);
  });

  test("names its key by a fingerprint that differs for another key and another session", () => {
    const { fingerprint } = createSeal("BOT", SECRET);
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(createSeal("BOT", SECRET).fingerprint).toBe(fingerprint);
    expect(createSeal("BOT", `${SECRET}!`).fingerprint).not.toBe(fingerprint);
    expect(createSeal("OTHER", SECRET).fingerprint).not.toBe(fingerprint);
    expect(createSeal("BOT", undefined).fingerprint).toBeNull();
  });

  test("accepts nothing plain once there is a key", () => {
    const plain = createSeal("BOT", undefined).seal(KEY, VALUE);
    expect(() => createSeal("BOT", SECRET).open(KEY, plain)).toThrow("damaged");
  });
});
