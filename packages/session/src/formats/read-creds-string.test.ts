import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { BufferJSON } from "@whiskeysockets/baileys";
import { decodeValue, encodeValue } from "../value-codec.ts";
import { linkedCreds } from "../testing/linked-session.ts";
import { readCredsString } from "./read-creds-string.ts";

const creds = linkedCreds();
const json = JSON.stringify(creds, BufferJSON.replacer);
const base64 = Buffer.from(json).toString("base64");
const refused = expect.objectContaining({ code: "session.importRefused" });

test.each([
  ["as JSON", json],
  ["in base64", base64],
  ["in base64 on many lines", base64.replaceAll(/.{76}/g, "$&\n")],
  ["in URL-safe base64", Buffer.from(json).toString("base64url")],
  ["behind a bot's name", `Some-Bot~${base64}`],
  ["behind another bot's name, compressed", `OTHER;;;${gzipSync(json).toString("base64")}`],
])("credentials %s are read, with a warning that they are all there is", (_, text) => {
  const { records, warnings } = readCredsString(text);
  expect([...(records as Iterable<unknown>)]).toEqual([{ key: "session/creds", value: encodeValue(creds) }]);
  expect(warnings.join(" ")).toContain("Only credentials");
});

test("what older versions of Baileys had no word for gets its beginning", () => {
  const { processedHistoryMessages: _, accountSettings: __, ...old } = creds;
  const [record] = readCredsString(JSON.stringify(old, BufferJSON.replacer)).records as { value: Uint8Array }[];
  expect(decodeValue("creds", record?.value ?? Uint8Array.of())).toMatchObject({ processedHistoryMessages: [] });
});

test.each([
  ["the number of a page", "Bot~aB3dE6gH"],
  ["a link", "https://example.org/12025550100"],
  ["nothing", ""],
  ["torn", base64.slice(0, 900)],
  ["a bomb", gzipSync(Buffer.alloc(1 << 22, " ")).toString("base64")],
  ["of nobody", Buffer.from(JSON.stringify({ ...creds, account: undefined }, BufferJSON.replacer)).toString("base64")],
])("a string that is %s is refused, and not quoted", (_, text) => {
  expect(() => readCredsString(text)).toThrow(refused);
  expect(() => readCredsString(text)).not.toThrow(/1202|aB3d|noiseKey/);
});
