import { generateSignalPubKey } from "@whiskeysockets/baileys";
import { child, childBytes, readUnsigned, stanza, unsigned } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";

const KEY_BUNDLE_TYPE = Buffer.from([5]);
const ID_BYTES = 3;
const REGISTRATION_BYTES = 4;

/** A one-time pre-key's public half. Keys are 32 bytes, without Signal's type prefix. */
export interface PreKeyRecord {
  id: number;
  key: Buffer;
}

/** A signed pre-key's public half with the identity's signature over it. */
export interface SignedPreKeyRecord extends PreKeyRecord {
  signature: Buffer;
}

/** What one needs to open a session with a device. Without `preKey` when its one-time keys are used up. */
export interface KeyBundle {
  registrationId: number;
  identity: Buffer;
  signedPreKey: SignedPreKeyRecord;
  preKey: PreKeyRecord | undefined;
}

/** Reads `<key>` or `<skey>`; undefined when the stanza is absent. */
export const readPreKey = (node: Stanza | undefined): PreKeyRecord | undefined =>
  node === undefined ? undefined : { id: readUnsigned(childBytes(node, "id")), key: childBytes(node, "value") };

/** Reads `<skey>` with its signature; undefined when the stanza is absent. */
export const readSignedPreKey = (node: Stanza | undefined): SignedPreKeyRecord | undefined => {
  const key = readPreKey(node);
  return key && { ...key, signature: childBytes(node, "signature") };
};

/** Reads the `<keys>` that a client puts into a retry receipt; undefined when it sent none. */
export const readRetryBundle = (receipt: Stanza): KeyBundle | undefined => {
  const keys = child(receipt, "keys");
  const signedPreKey = readSignedPreKey(child(keys, "skey"));
  const identity = childBytes(keys, "identity");
  if (signedPreKey === undefined || identity.length === 0) return undefined;
  const registrationId = readUnsigned(childBytes(receipt, "registration"));
  return { registrationId, identity, signedPreKey, preKey: readPreKey(child(keys, "key")) };
};

const writePreKey = (tag: string, { id, key }: PreKeyRecord, signature?: Buffer): Stanza =>
  stanza(tag, {}, [
    stanza("id", {}, unsigned(id, ID_BYTES)),
    stanza("value", {}, key),
    ...(signature === undefined ? [] : [stanza("signature", {}, signature)]),
  ]);

/** The children of a `<user>` in the answer to a key fetch. */
export const writeBundle = (bundle: KeyBundle): Stanza[] => [
  stanza("registration", {}, unsigned(bundle.registrationId, REGISTRATION_BYTES)),
  stanza("type", {}, KEY_BUNDLE_TYPE),
  stanza("identity", {}, bundle.identity),
  writePreKey("skey", bundle.signedPreKey, bundle.signedPreKey.signature),
  ...(bundle.preKey === undefined ? [] : [writePreKey("key", bundle.preKey)]),
];

/** The form in which Baileys' Signal repository takes a bundle: public keys with their type prefix. */
export const toE2ESession = ({ registrationId, identity, signedPreKey, preKey }: KeyBundle) => ({
  registrationId,
  identityKey: generateSignalPubKey(identity),
  signedPreKey: {
    keyId: signedPreKey.id,
    publicKey: generateSignalPubKey(signedPreKey.key),
    signature: signedPreKey.signature,
  },
  ...(preKey === undefined ? {} : { preKey: { keyId: preKey.id, publicKey: generateSignalPubKey(preKey.key) } }),
});
