import { describe, expect, test } from "@jest/globals";
import { initAuthCreds, proto } from "@whiskeysockets/baileys";
import { dropHalfDonePairing, isPaired } from "./pairing-state.ts";

const account = proto.ADVSignedDeviceIdentity.create({});

describe("dropHalfDonePairing", () => {
  test("takes back a code nobody used and keeps the identity", () => {
    const creds = initAuthCreds();
    const { noiseKey, signedIdentityKey } = creds;
    Object.assign(creds, { me: { id: "1@s.whatsapp.net" }, pairingCode: "ABCD1234", registered: true });
    expect(dropHalfDonePairing(creds)).toBe(true);
    expect("me" in creds).toBe(false);
    expect(creds).toMatchObject({ pairingCode: undefined, registered: false, noiseKey, signedIdentityKey });
    expect(dropHalfDonePairing(creds)).toBe(false);
  });

  test("never touches a linked device", () => {
    const creds = { ...initAuthCreds(), me: { id: "1:2@s.whatsapp.net" }, account };
    expect(isPaired(creds)).toBe(true);
    expect(dropHalfDonePairing(creds)).toBe(false);
    expect(creds.me).toEqual({ id: "1:2@s.whatsapp.net" });
  });
});
