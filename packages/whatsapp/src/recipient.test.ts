import { describe, expect, test } from "@jest/globals";
import { parseRecipient } from "./recipient.ts";

describe("parseRecipient", () => {
  test("knows the owner", () => {
    expect(parseRecipient("owner")).toEqual({ kind: "owner" });
  });

  test.each([
    ["4915112345678", "4915112345678@s.whatsapp.net"],
    ["+49 151 123-456 (78)", "4915112345678@s.whatsapp.net"],
    ["004915112345678", "4915112345678@s.whatsapp.net"],
    ["4915112345678@s.whatsapp.net", "4915112345678@s.whatsapp.net"],
    ["4915112345678:3@s.whatsapp.net", "4915112345678@s.whatsapp.net"],
    ["4915112345678@c.us", "4915112345678@s.whatsapp.net"],
    ["123456789012345@lid", "123456789012345@lid"],
    ["120363000000000001@g.us", "120363000000000001@g.us"],
    ["4915112345678-1400000000@g.us", "4915112345678-1400000000@g.us"],
  ])("reads %s", (text, jid) => {
    expect(parseRecipient(text)).toEqual({ kind: "jid", jid });
  });

  test.each([
    "",
    "Owner",
    "12345",
    "0151123456",
    "49151123456789012",
    "somebody",
    "somebody@s.whatsapp.net",
    "12345@newsletter",
    "status@broadcast",
    "4915112345678@example.com",
    "4915112345678@s.whatsapp.net, 4915112345679@s.whatsapp.net",
    "--",
  ])("refuses %p", (text) => {
    expect(parseRecipient(text)).toBeUndefined();
  });
});
