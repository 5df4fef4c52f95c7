import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import { Curve } from "@whiskeysockets/baileys";
import { isSignedBy } from "./xeddsa.ts";

test("Baileys' signatures are recognised, and no others", () => {
  for (let round = 0; round < 20; round++) {
    const { public: publicKey, private: privateKey } = Curve.generateKeyPair();
    const message = randomBytes(round + 1);
    const signature = Curve.sign(privateKey, message);
    expect(isSignedBy(publicKey, message, signature)).toBe(true);
    expect(isSignedBy(publicKey, randomBytes(32), signature)).toBe(false);
    expect(isSignedBy(Curve.generateKeyPair().public, message, signature)).toBe(false);
    expect(isSignedBy(publicKey, message, randomBytes(64))).toBe(false);
  }
});

test("what has the wrong length is no signature", () => {
  const { public: publicKey } = Curve.generateKeyPair();
  expect(isSignedBy(publicKey, Buffer.alloc(1), Buffer.alloc(63))).toBe(false);
  expect(isSignedBy(Buffer.alloc(31), Buffer.alloc(1), Buffer.alloc(64))).toBe(false);
});
