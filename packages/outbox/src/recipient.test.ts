import { describe, expect, test } from "@jest/globals";
import { readRecipient } from "./recipient.ts";

describe("whom a notification goes to", () => {
  test.each([
    ["owner", "owner"],
    [" +49 (170) 12 34-567", "491701234567@s.whatsapp.net"],
    ["491701234567:3@c.us", "491701234567@s.whatsapp.net"],
    ["123456789@lid", "123456789@lid"],
    ["120363000000000001@g.us", "120363000000000001@g.us"],
  ])("%s is %s", (text, jid) => {
    expect(readRecipient(text)).toBe(jid);
  });

  test.each(["01701234567", "somebody", "status@broadcast", "120363@newsletter"])(
    "%s is nobody, and is not repeated in what is said about it",
    (text) => {
      const refusal = {
        code: "outbox.recipient",
        message: expect.not.stringContaining(text),
        hint: expect.any(String),
      };
      expect(() => readRecipient(text)).toThrow(expect.objectContaining(refusal));
    },
  );
});
