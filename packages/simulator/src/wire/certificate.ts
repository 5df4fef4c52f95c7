import { Curve, proto } from "@whiskeysockets/baileys";
import type { KeyPair } from "@whiskeysockets/baileys";

/** The server's side of the Noise handshake: its static key and the chain that vouches for it. */
export interface ServerIdentity {
  staticKey: KeyPair;
  /** Encoded `CertChain`: root signs intermediate, intermediate signs leaf, leaf names the static key. */
  certificateChain: Uint8Array;
}

const LEAF_SERIAL = 2;
const INTERMEDIATE_SERIAL = 1;
/** Baileys accepts only an intermediate issued by serial 0, the root. */
const ROOT_SERIAL = 0;

const certify = (
  issuer: KeyPair,
  details: proto.CertChain.NoiseCertificate.IDetails,
): proto.CertChain.INoiseCertificate => {
  const encoded = proto.CertChain.NoiseCertificate.Details.encode(details).finish();
  return { details: encoded, signature: Curve.sign(issuer.private, encoded) };
};

/** Makes a fresh static key and certifies it under `rootKey`, whose public half the client must be told. */
export const issueServerIdentity = (rootKey: KeyPair): ServerIdentity => {
  const staticKey = Curve.generateKeyPair();
  const intermediateKey = Curve.generateKeyPair();
  const certificateChain = proto.CertChain.encode({
    intermediate: certify(rootKey, {
      serial: INTERMEDIATE_SERIAL,
      issuerSerial: ROOT_SERIAL,
      key: intermediateKey.public,
    }),
    leaf: certify(intermediateKey, { serial: LEAF_SERIAL, issuerSerial: INTERMEDIATE_SERIAL, key: staticKey.public }),
  }).finish();
  return { staticKey, certificateChain };
};
