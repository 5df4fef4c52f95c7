import { describe, expect, test } from "@jest/globals";
import { configureSuccessfulPairing, Curve, initAuthCreds } from "@whiskeysockets/baileys";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { child, childBytes, stanza } from "../wire/stanza.ts";
import { isSignedByDevice, signDevice } from "./adv.ts";

const accountKey = Curve.generateKeyPair();

const pairSuccess = (container: Uint8Array): BinaryNode =>
  stanza("iq", { id: "1" }, [
    stanza("pair-success", {}, [
      stanza("device-identity", {}, container),
      stanza("device", { jid: "4915550001:1@s.whatsapp.net", lid: "1:1@lid" }),
    ]),
  ]);

const sign = (creds: ReturnType<typeof initAuthCreds>, advSecret = Buffer.from(creds.advSecretKey, "base64")) =>
  signDevice({ accountKey, companionIdentity: creds.signedIdentityKey.public, advSecret, keyIndex: 1 });

describe("signDevice", () => {
  test("makes an identity that Baileys accepts and answers with its own signature", () => {
    const creds = initAuthCreds();
    const { details, container } = sign(creds);
    const { reply } = configureSuccessfulPairing(pairSuccess(container), creds);
    const answer = childBytes(child(reply, "pair-device-sign"), "device-identity");
    const companionIdentity = creds.signedIdentityKey.public;
    expect(isSignedByDevice(answer, { details, accountPublic: accountKey.public, companionIdentity })).toBe(true);
    const stranger = Curve.generateKeyPair().public;
    expect(isSignedByDevice(answer, { details, accountPublic: stranger, companionIdentity })).toBe(false);
  });

  test("is refused by a client with another secret", () => {
    const creds = initAuthCreds();
    const { container } = sign(creds, Buffer.alloc(32));
    expect(() => configureSuccessfulPairing(pairSuccess(container), creds)).toThrow("Invalid account signature");
  });
});
