import { createHmac, randomInt } from "node:crypto";
import { Curve, proto, WA_ADV_ACCOUNT_SIG_PREFIX, WA_ADV_DEVICE_SIG_PREFIX } from "@whiskeysockets/baileys";
import type { KeyPair } from "@whiskeysockets/baileys";
import { nowSeconds } from "../clock.ts";
import { isSignedBy } from "../signal/xeddsa.ts";

/** A device identity signed by the account, ready for `<pair-success>`. */
export interface SignedDevice {
  /** Encoded `ADVDeviceIdentity`: what both sides sign. */
  details: Uint8Array;
  /** Encoded `ADVSignedDeviceIdentityHMAC`: content of `<device-identity>`. */
  container: Uint8Array;
}

/**
 * Signs a companion's identity key (32 bytes) with the account's key, and seals it with the secret that only the phone
 * and the companion share (from the QR, or agreed by the pairing code).
 */
export const signDevice = (options: {
  accountKey: KeyPair;
  companionIdentity: Uint8Array;
  advSecret: Uint8Array;
  keyIndex: number;
}): SignedDevice => {
  const { accountKey, companionIdentity, advSecret, keyIndex } = options;
  const details = proto.ADVDeviceIdentity.encode({
    rawId: randomInt(2 ** 31),
    timestamp: nowSeconds(),
    keyIndex,
    accountType: proto.ADVEncryptionType.E2EE,
    deviceType: proto.ADVEncryptionType.E2EE,
  }).finish();
  const accountSignature = Curve.sign(
    accountKey.private,
    Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, companionIdentity]),
  );
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: accountKey.public,
    accountSignature,
  }).finish();
  const hmac = createHmac("sha256", advSecret).update(signed).digest();
  return { details, container: proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish() };
};

/** True when the companion's answer (encoded `ADVSignedDeviceIdentity`) carries its own signature over what we signed. */
export const isSignedByDevice = (
  answer: Uint8Array,
  expected: { details: Uint8Array; accountPublic: Uint8Array; companionIdentity: Uint8Array },
): boolean => {
  const { deviceSignature } = proto.ADVSignedDeviceIdentity.decode(answer);
  if (!deviceSignature) return false;
  const { details, accountPublic, companionIdentity } = expected;
  const message = Buffer.concat([WA_ADV_DEVICE_SIG_PREFIX, details, companionIdentity, accountPublic]);
  return isSignedBy(companionIdentity, message, deviceSignature);
};
