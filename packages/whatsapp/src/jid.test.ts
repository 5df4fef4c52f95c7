import { describe, expect, test } from "@jest/globals";
import { bareJid, formatJid, jidKind, parseJid, phoneDigits, phoneOf, redactJid, sameUser, userJid } from "./jid.ts";

describe("parseJid", () => {
  test.each([
    ["4915112345678@s.whatsapp.net", { user: "4915112345678", server: "s.whatsapp.net", device: 0 }],
    ["4915112345678:12@s.whatsapp.net", { user: "4915112345678", server: "s.whatsapp.net", device: 12 }],
    ["4915112345678_1:12@lid", { user: "4915112345678", server: "lid", device: 12 }],
    ["4915112345678@c.us", { user: "4915112345678", server: "s.whatsapp.net", device: 0 }],
    ["120363012345678901@g.us", { user: "120363012345678901", server: "g.us", device: 0 }],
    ["4915112345678-1600000000@g.us", { user: "4915112345678-1600000000", server: "g.us", device: 0 }],
    ["status@broadcast", { user: "status", server: "broadcast", device: 0 }],
  ])("takes %s apart", (text, jid) => expect(parseJid(text)).toEqual(jid));

  test.each(["", "hello", "@s.whatsapp.net", "1@", "1:x@lid", "1 2@lid", "1@lid@lid"])(
    "knows that %j is no address",
    (text) => expect(parseJid(text)).toBeUndefined(),
  );
});

describe("addresses", () => {
  test("are put together as WhatsApp writes them", () => {
    expect(formatJid({ user: "1", server: "lid", device: 3 })).toBe("1:3@lid");
    expect(formatJid({ user: "1", server: "lid", device: 0 })).toBe("1@lid");
    expect(userJid("+49 151 12")).toBe("4915112@s.whatsapp.net");
  });

  test("have a kind", () => {
    expect(
      ["1@s.whatsapp.net", "1@hosted", "1:2@lid", "1@g.us", "status@broadcast", "1@newsletter", "x"].map(jidKind),
    ).toEqual(["user", "user", "lid", "group", "broadcast", "newsletter", "other"]);
  });

  test("of devices belong to their account", () => {
    expect(bareJid("1:7@s.whatsapp.net")).toBe("1@s.whatsapp.net");
    expect(bareJid("nonsense")).toBe("nonsense");
    expect(sameUser("1:7@s.whatsapp.net", "1@c.us")).toBe(true);
    expect(sameUser("1@s.whatsapp.net", "1@lid")).toBe(false);
    expect(sameUser("nonsense", "nonsense")).toBe(false);
  });

  test("give a phone number only where there is one", () => {
    expect(phoneOf("4915112:3@s.whatsapp.net")).toBe("4915112");
    expect(phoneOf("4915112@lid")).toBeUndefined();
    expect(phoneOf("4915112@g.us")).toBeUndefined();
    expect(phoneOf("server@s.whatsapp.net")).toBeUndefined();
  });

  test("hide the person in logs", () => {
    expect(redactJid("4915112345678:3@s.whatsapp.net")).toBe("…78@s.whatsapp.net");
    expect(redactJid("nonsense 4915112345678")).toBe("…");
  });
});

test("a phone number is its digits, however it was written", () => {
  expect(["+49 (151) 123-45", "004915112345", "49 151 12345"].map(phoneDigits)).toEqual([
    "4915112345",
    "4915112345",
    "4915112345",
  ]);
});
