import { describe, expect, test } from "@jest/globals";
import { BlackskyError } from "@blacksky/errors";
import { createFieldRedactor } from "./redact-fields.ts";
import { createTextRedactor } from "./redact-text.ts";

const redact = createFieldRedactor(createTextRedactor(["the-configured-secret"]), false);

describe("field redaction", () => {
  test.each([
    "token",
    "adminToken",
    "authorization",
    "password",
    "SESSION_ENCRYPTION_KEY",
    "privateKey",
    "noise-key",
    "keys",
    "creds",
    "qr",
    "qrCode",
    "pairingCode",
    "pairing_code",
    "text",
    "body",
    "conversation",
    "caption",
    "pushName",
    "phoneNumber",
  ])("a field named %s is not written", (name) => {
    expect(redact({ [name]: "anything" })).toEqual({ [name]: "[redacted]" });
    expect(redact({ deep: [{ [name]: { a: 1 } }] })).toEqual({ deep: [{ [name]: "[redacted]" }] });
  });

  test("counts and yes or no are written whatever their name", () => {
    const fields = { keys: 812, preKeys: 5, hasToken: true, qr: false, tokens: 0, key: null };
    expect(redact(fields)).toEqual(fields);
  });

  test("a phone number that is a number is hidden by its field's name", () => {
    expect(redact({ phone: 4_915_112_345_678 })).toEqual({ phone: "[redacted]" });
  });

  test("what operators need stays as it is", () => {
    const fields = {
      pid: 4_194_303,
      port: 28_111,
      position: 12_345_678_901,
      at: 1_795_341_600_000,
      durationMs: 12.5,
      generation: 3,
      child: "bot",
      state: "open",
      statusCode: 515,
      code: "ECONNREFUSED",
    };
    expect(redact(fields)).toEqual(fields);
  });

  test("bytes tell only their length", () => {
    const fields = {
      a: Buffer.alloc(32),
      b: new Uint8Array(5),
      c: new ArrayBuffer(7),
      d: Buffer.alloc(3).toJSON(),
      e: { type: "Buffer", data: "AAAA" },
    };
    expect(redact(fields)).toEqual({ a: "[bytes 32]", b: "[bytes 5]", c: "[bytes 7]", d: "[bytes]", e: "[bytes]" });
  });

  test("libsignal's sessions are hidden whole", () => {
    const session = { _chains: {}, currentRatchet: { rootKey: "x" }, registrationId: 1 };
    expect(redact({ session, open: [session] })).toEqual({ session: "[signal session]", open: ["[signal session]"] });
  });

  test("somebody's words under `message` are hidden, our own are not", () => {
    expect(redact({ message: { conversation: "hi" }, messages: [{ x: 1 }] })).toEqual({
      message: "[redacted]",
      messages: "[redacted]",
    });
    expect(redact({ message: "it broke" })).toEqual({ message: "it broke" });
  });

  test("texts, keys of objects and entries of maps and sets lose secrets and addresses", () => {
    const jid = "4915112345678@s.whatsapp.net";
    expect(
      redact({
        [jid]: "the-configured-secret",
        map: new Map([[jid, jid]]),
        set: new Set([jid]),
        url: new URL("https://a:b@example.com/"),
      }),
    ).toEqual({
      "…78@s.whatsapp.net": "[secret]",
      map: { "…78@s.whatsapp.net": "…78@s.whatsapp.net" },
      set: ["…78@s.whatsapp.net"],
      url: "https://[secret]@example.com/",
    });
  });

  test("circles, depth, length and odd values end well", () => {
    const circle: Record<string, unknown> = { n: 1n, f: () => 1, u: undefined, date: new Date(0), bad: new Date("x") };
    circle["self"] = circle;
    expect(redact({ circle })).toEqual({
      circle: { n: "1", date: "1970-01-01T00:00:00.000Z", bad: "[invalid date]", self: "[circular]" },
    });
    expect(JSON.stringify(redact({ a: { b: { c: { d: { e: { f: { g: { h: 1 } } } } } } } }))).toContain("[deep]");
    expect(redact({ list: Array.from({ length: 60 }, () => 0) })["list"]).toHaveLength(51);
    expect(String(redact({ long: "x".repeat(9000) })["long"])).toMatch(/…\s\(9000 characters\)$/);
  });

  test("an error becomes its code, message, hint and causes, redacted", () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const error = new BlackskyError("lease.lost", "Lost to the-configured-secret.", { hint: "Wait.", cause });
    expect(redact({ error, child: "backup" })).toEqual({
      child: "backup",
      "error.code": "lease.lost",
      "error.message": "Lost to [secret].",
      "error.hint": "Wait.",
      "error.cause": "connect ECONNREFUSED (ECONNREFUSED)",
    });
    expect(redact({ error: "a string" })).toEqual({ "error.code": "unknown", "error.message": "a string" });
    expect(redact({ others: [new Error("x")] })).toEqual({
      others: [{ "error.code": "unknown", "error.message": "x" }],
    });
  });

  test("the stack is written only where details are wanted, and redacted", () => {
    const detailed = createFieldRedactor(createTextRedactor(["the-configured-secret"]), true);
    const stack = String(detailed({ error: new Error("the-configured-secret") })["error.stack"]);
    expect(stack).toContain("Error: [secret]\n    at ");
  });
});
