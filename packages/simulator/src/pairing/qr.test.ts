import { expect, test } from "@jest/globals";
import { parseQr } from "./qr.ts";
import { parseCode, unwrapKey, wrapKey } from "./code.ts";

const key = (byte: number) => Buffer.alloc(32, byte);
const text = ["2@ref", ...[1, 2, 3].map((byte) => key(byte).toString("base64")), "1"].join(",");

test("a QR is read with and without the link before it", () => {
  const content = { ref: "2@ref", noiseKey: key(1), identity: key(2), advSecret: key(3) };
  expect(parseQr(text)).toEqual(content);
  expect(parseQr(`https://wa.me/settings/linked_devices#${text}`)).toEqual(content);
});

test.each(["", "hello", "2@ref,a,b,c", `,${text}`])("%j is no QR", (wrong) => {
  expect(() => parseQr(wrong)).toThrow('The field "qr"');
});

test("a pairing code is read as people write it", () => {
  expect(parseCode(" abcd-1234 ")).toBe("ABCD1234");
  expect(() => parseCode("ABC")).toThrow('The field "code"');
});

test("a wrapped key opens with its code, and yields another key with a wrong one", async () => {
  const wrapped = await wrapKey("ABCD1234", key(7));
  expect(await unwrapKey("ABCD1234", wrapped)).toEqual(key(7));
  expect(await unwrapKey("ABCD1235", wrapped)).not.toEqual(key(7));
});
