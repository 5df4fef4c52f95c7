import { expect, test } from "@jest/globals";
import { fromPlaintext, readContent, textContent, toPlaintext } from "./content.ts";

test.each([
  [{ conversation: "hi" }, { type: "text", text: "hi" }],
  [
    { extendedTextMessage: { text: "hi", contextInfo: { stanzaId: "Q" } } },
    { type: "text", text: "hi", quotedId: "Q" },
  ],
  [{ ephemeralMessage: { message: { conversation: "hi" } } }, { type: "text", text: "hi" }],
  [{ imageMessage: { caption: "look" } }, { type: "imageMessage", text: "look" }],
  [{ reactionMessage: { text: "👍", key: { id: "Q" } } }, { type: "reactionMessage", text: "👍", quotedId: "Q" }],
])("%j is read as %j", (content, expected) => {
  expect(readContent(content)).toEqual(expected);
});

test("a message that only distributes a sender key shows nothing", () => {
  expect(readContent({ senderKeyDistributionMessage: { groupId: "1@g.us" } })).toBeUndefined();
});

test("a text survives padding and encoding", () => {
  expect(readContent(fromPlaintext(toPlaintext(textContent("grüezi"))))).toEqual({ type: "text", text: "grüezi" });
});
