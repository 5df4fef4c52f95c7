import type { Store } from "@blacksky/store";
import { Curve, initAuthCreds, proto } from "@whiskeysockets/baileys";
import type { AuthenticationCreds, SignalDataSet } from "@whiskeysockets/baileys";
import { createAuthState } from "../auth-state.ts";

const seed = (): { type: string; data: string } => ({ type: "Buffer", data: Buffer.alloc(32, 3).toString("base64") });

/** A sender-key record as it is stored. */
export const senderKeyRecord = (): Buffer =>
  Buffer.from(
    JSON.stringify([
      {
        senderKeyId: 5,
        senderChainKey: { iteration: 2, seed: seed() },
        senderSigningKey: { public: seed() },
        senderMessageKeys: [{ iteration: 1, seed: seed() }],
      },
    ]),
  );

/** A key of every kind, under the ids that are hardest to write as a file name. */
export const hardKeys = (): Required<SignalDataSet> => ({
  "pre-key": { 1: Curve.generateKeyPair(), 812: Curve.generateKeyPair() },
  session: { "12025550101.0": Buffer.from("session"), "998877_1.12": Buffer.from("session of a LID") },
  "sender-key": {
    "120363000000000000@g.us::998877_1::12": senderKeyRecord(),
    "4915550000001-1600000000@g.us::12025550101::0": senderKeyRecord(),
  },
  "sender-key-memory": { "4915550000001-1600000000@g.us": { "12025550101:3@s.whatsapp.net": true } },
  "app-state-sync-key": {
    "AA/A+b//=": proto.Message.AppStateSyncKeyData.create({ keyData: Buffer.alloc(32, 7), timestamp: 5 }),
  },
  "app-state-sync-version": {
    critical_unblock_low: {
      version: 3,
      hash: Buffer.alloc(128),
      indexValueMap: { "aGk=": { valueMac: Buffer.of(1) } },
    },
  },
  "lid-mapping": { "12025550101": "998877", "998877_reverse": "12025550101" },
  "device-list": { "12025550101": ["0", "7"] },
  tctoken: { "1@lid": { token: Buffer.of(1, 2, 3), timestamp: "17" }, __index: { token: Buffer.from("[]") } },
  "identity-key": { "12025550101.0": new Uint8Array(33).fill(5) },
});

/** Credentials as pairing leaves them. */
export const linkedCreds = (): AuthenticationCreds => ({
  ...initAuthCreds(),
  me: { id: "12025550100:7@s.whatsapp.net", lid: "998800:7@lid", name: "Bot" },
  account: { details: Buffer.from("details"), accountSignature: Buffer.alloc(64, 1) },
  nextPreKeyId: 813,
});

/** Puts a linked session with a key of every kind into a store of fresh origin. */
export const linkSession = async (store: Store): Promise<void> => {
  const { state, saveCreds } = createAuthState(store);
  Object.assign(state.creds, linkedCreds());
  await saveCreds();
  await state.keys.set(hardKeys());
};

/** Everything in a store, for comparison. */
export const dump = (store: Store): Record<string, string> =>
  Object.fromEntries(Array.from(store.entries(""), ({ key, value }) => [key, Buffer.from(value).toString("base64")]));
