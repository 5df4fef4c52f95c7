import { describe, expect, test } from "@jest/globals";
import { createTextRedactor } from "./redact-text.ts";

const redact = createTextRedactor(["hunter2-is-long", "postgres://u:hunter2-is-long@db/x", "a+b(c)[d]", "tiny"]);

describe("text redaction", () => {
  test.each([
    ["configured secrets anywhere", "see hunter2-is-long, hunter2-is-long!", "see [secret], [secret]!"],
    ["a secret that looks like a pattern", "key a+b(c)[d].", "key [secret]."],
    ["the longer secret around a shorter one", "at postgres://u:hunter2-is-long@db/x", "at [secret]"],
    ["credentials of any PostgreSQL URL", "postgres://bob:p@ss/w@db:5432/x", "postgres://[secret]@db:5432/x"],
    ["credentials of other URLs", "via https://bob:pw@proxy/x", "via https://[secret]@proxy/x"],
    ["bearer tokens", "Authorization: Bearer abc.def-123", "Authorization: Bearer [secret]"],
    ["user JIDs", "from 4915112345678@s.whatsapp.net", "from …78@s.whatsapp.net"],
    ["device JIDs", "4915112345678:12@s.whatsapp.net", "…78:12@s.whatsapp.net"],
    ["LIDs", "123456789012345:3@lid", "…45:3@lid"],
    ["groups, old and new", "120363043968066561@g.us 4915112345678-1600000000@g.us", "…61@g.us …00@g.us"],
    ["libsignal's addresses of sessions", "4915112345678_1:0@s.whatsapp.net", "…78_1:0@s.whatsapp.net"],
    ["international phone numbers", "call +49 151 1234-5678 now", "call …78 now"],
    ["bare phone numbers", "number 4915112345678, or 15550100000.", "number …78, or …00."],
    ["numbers of long country codes that are near the times of today", "2348012345678", "…78"],
    ["QR texts", `2@${"aB3/".repeat(10)},${"cD+=".repeat(11)},${"eF3=".repeat(11)},x=`, "[qr],x="],
  ])("hides %s", (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    "pid 4194303 on port 28111",
    "position 1204567 of 9999999, lag 12345 ms",
    "2026-11-22T10:00:00.000Z and 2026-11-22T10:00:00+02:00",
    "at 1795341600000 (1795341600)",
    "took 1234567.891011 ms, 98765.4321098765 ms",
    "version 7.0.0-rc14 of build 2.3000.1023456789",
    "status@broadcast",
    "3EB0C767D097B7C5A1B2",
    "123e4567-e89b-12d3-a456-426614174000",
    "https://example.com/a@b and me@example.com",
    "10737418 bytes, 85 %, 127.0.0.1:5432",
    "tiny words stay",
  ])("leaves alone: %s", (text) => {
    expect(redact(text)).toBe(text);
  });
});
