import { expect, test } from "@jest/globals";
import { Curve, proto } from "@whiskeysockets/baileys";
import { isSignedBy } from "../signal/xeddsa.ts";
import { issueServerIdentity } from "./certificate.ts";

const { CertChain } = proto;

test("the root vouches for the intermediate, the intermediate for the leaf, and the leaf names the static key", () => {
  const rootKey = Curve.generateKeyPair();
  const { staticKey, certificateChain } = issueServerIdentity(rootKey);
  const { intermediate, leaf } = CertChain.decode(certificateChain);
  const empty = new Uint8Array();
  const middle = CertChain.NoiseCertificate.Details.decode(intermediate?.details ?? empty);
  const end = CertChain.NoiseCertificate.Details.decode(leaf?.details ?? empty);
  expect(isSignedBy(rootKey.public, intermediate?.details ?? empty, intermediate?.signature ?? empty)).toBe(true);
  expect(isSignedBy(middle.key ?? empty, leaf?.details ?? empty, leaf?.signature ?? empty)).toBe(true);
  expect(Buffer.from(end.key ?? empty)).toEqual(Buffer.from(staticKey.public));
  expect(middle.issuerSerial).toBe(0);
});
