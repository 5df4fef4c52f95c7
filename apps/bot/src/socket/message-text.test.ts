import { describe, expect, test } from "@jest/globals";
import type { proto } from "@whiskeysockets/baileys";
import { disappearsAfterS, messageText, unwrapMessage } from "./message-text.ts";

const text = (message: proto.IMessage): string => messageText(unwrapMessage(message) ?? {});

describe("messageText", () => {
  test.each<[string, proto.IMessage]>([
    ["a plain text", { conversation: ".ping" }],
    ["a text with a preview or a quote", { extendedTextMessage: { text: ".ping" } }],
    ["a caption under a picture", { imageMessage: { caption: ".ping" } }],
    ["a caption under a video", { videoMessage: { caption: ".ping" } }],
    [
      "a caption under a document",
      { documentWithCaptionMessage: { message: { documentMessage: { caption: ".ping" } } } },
    ],
    ["a disappearing message", { ephemeralMessage: { message: { conversation: ".ping" } } }],
    ["a view-once picture", { viewOnceMessageV2: { message: { imageMessage: { caption: ".ping" } } } }],
    [
      "our own from another device",
      { deviceSentMessage: { destinationJid: "1@lid", message: { conversation: ".ping" } } },
    ],
    [
      "our own disappearing one from another device",
      { deviceSentMessage: { message: { ephemeralMessage: { message: { extendedTextMessage: { text: ".ping" } } } } } },
    ],
  ])("reads %s", (_title, message) => expect(text(message)).toBe(".ping"));

  test("is empty where nobody wrote anything", () => {
    expect(text({ stickerMessage: {} })).toBe("");
    expect(unwrapMessage(undefined)).toBeUndefined();
  });
});

describe("disappearsAfterS", () => {
  test("is what the chat is set to", () => {
    expect(disappearsAfterS({ extendedTextMessage: { text: "a", contextInfo: { expiration: 86_400 } } })).toBe(86_400);
    expect(disappearsAfterS({ conversation: "a" })).toBe(0);
  });
});
