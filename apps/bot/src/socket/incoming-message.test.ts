import { describe, expect, test } from "@jest/globals";
import { WAMessageStubType, type WAMessage, type WAMessageKey } from "@whiskeysockets/baileys";
import { readIncoming } from "./incoming-message.ts";

const ME = { id: "4900:3@s.whatsapp.net", lid: "900:3@lid" };
const PERSON = "4911@s.whatsapp.net";
const GROUP = "12036@g.us";

const message = (key: WAMessageKey, more: Partial<WAMessage> = {}): WAMessage => ({
  key: { id: "A1", fromMe: false, ...key },
  messageTimestamp: 1_700_000_000,
  message: { conversation: "hello" },
  ...more,
});

describe("readIncoming", () => {
  test("knows a private sender by both addresses, whichever the chat is under", () => {
    const byPn = readIncoming(message({ remoteJid: PERSON, remoteJidAlt: "911@lid" }), "notify", ME);
    expect(byPn).toMatchObject({
      kind: "private",
      chat: PERSON,
      sender: { pn: PERSON, lid: "911@lid" },
      backlog: false,
    });
    const byLid = readIncoming(message({ remoteJid: "911@lid", remoteJidAlt: PERSON }), "append", ME);
    expect(byLid).toMatchObject({ chat: "911@lid", sender: { pn: PERSON, lid: "911@lid" }, backlog: true });
  });

  test("knows who wrote in a group, without the device", () => {
    const key = { remoteJid: GROUP, participant: "911:7@lid", participantAlt: PERSON };
    expect(readIncoming(message(key), "notify", ME)).toMatchObject({
      kind: "group",
      chat: GROUP,
      sender: { pn: PERSON, lid: "911@lid" },
    });
  });

  test("takes the account itself for the sender of its own messages", () => {
    const own = readIncoming(message({ remoteJid: PERSON, fromMe: true }), "notify", ME);
    expect(own).toMatchObject({ fromMe: true, sender: { pn: "4900@s.whatsapp.net", lid: "900@lid" } });
  });

  test("reads the server's time in seconds, also as a protobuf Long", () => {
    const long = { toNumber: () => 1_700_000_000 };
    const read = readIncoming(
      message({ remoteJid: PERSON }, { messageTimestamp: long as unknown as number }),
      "notify",
      ME,
    );
    expect(read?.sentAt).toBe(1_700_000_000_000);
  });

  test.each<[string, WAMessage]>([
    ["status posts", message({ remoteJid: "status@broadcast", participant: PERSON })],
    ["channels", message({ remoteJid: "1@newsletter" })],
    ["protocol messages", message({ remoteJid: PERSON }, { message: { protocolMessage: {} } })],
    ["messages between devices", message({ remoteJid: PERSON }, { category: "peer" })],
    [
      "placeholders of what could not be decrypted",
      message({ remoteJid: PERSON }, { messageStubType: WAMessageStubType.CIPHERTEXT }),
    ],
    [
      "the key of a group, before what was sealed with it is read",
      message(
        { remoteJid: GROUP, participant: PERSON },
        { message: { senderKeyDistributionMessage: { groupId: GROUP }, messageContextInfo: {} } },
      ),
    ],
    ["empty ones", message({ remoteJid: PERSON }, { message: null })],
  ])("ignores %s", (_title, given) => expect(readIncoming(given, "notify", ME)).toBeUndefined());
});
