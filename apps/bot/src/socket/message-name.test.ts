import { describe, expect, test } from "@jest/globals";
import { cleanMessage, decodeMessageNode } from "@whiskeysockets/baileys";
import { nameOfMessage, nameOfStanza } from "./message-name.ts";

const ME = "4900:7@s.whatsapp.net";
const MY_LID = "900:7@lid";

describe("a message has the same name in its stanza and in what Baileys tells of it", () => {
  test.each<[string, Record<string, string>]>([
    ["a private chat under a number", { from: "4911@s.whatsapp.net", sender_lid: "911@lid" }],
    ["a private chat under a LID", { from: "911@lid", sender_pn: "4911@s.whatsapp.net", addressing_mode: "lid" }],
    ["another device of the author", { from: "911:4@lid" }],
    ["a group", { from: "1@g.us", participant: "911:2@lid", participant_pn: "4911@s.whatsapp.net" }],
    ["our own message from another device", { from: ME, recipient: "4911@s.whatsapp.net" }],
    ["our own message in a group", { from: "1@g.us", participant: MY_LID }],
    ["our own phone's word to us", { from: ME, category: "peer" }],
    ["a hosted account", { from: "4911:99@hosted" }],
    ["a hosted account under a LID", { from: "911:99@hosted.lid" }],
    ["a status post", { from: "status@broadcast", participant: "4911@s.whatsapp.net" }],
  ])("%s", (_what, attributes) => {
    const attrs = { id: "A1", t: "1700000000", ...attributes };
    const { fullMessage } = decodeMessageNode({ tag: "message", attrs }, ME, MY_LID);
    cleanMessage(fullMessage, ME, MY_LID);
    expect(nameOfMessage(fullMessage.key)).toEqual(nameOfStanza(attrs));
  });
});
