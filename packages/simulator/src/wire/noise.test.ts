import { describe, expect, test } from "@jest/globals";
import { Curve, makeNoiseHandler, NOISE_WA_HEADER, proto, WA_CERT_DETAILS } from "@whiskeysockets/baileys";
import { silentLogger } from "../signal/silent-logger.ts";
import { issueServerIdentity } from "./certificate.ts";
import { NoiseResponder } from "./noise.ts";

const rootKey = Curve.generateKeyPair();
const noiseKey = Curve.generateKeyPair();

/** Baileys' own initiator, as far as the client hello. */
const newClient = () => {
  const keyPair = Curve.generateKeyPair();
  const handler = makeNoiseHandler({ keyPair, NOISE_HEADER: Buffer.from(NOISE_WA_HEADER), logger: silentLogger });
  const hello = proto.HandshakeMessage.encode({ clientHello: { ephemeral: keyPair.public } }).finish();
  return { handler, hello };
};

const shake = (responder: NoiseResponder) => {
  const { handler, hello } = newClient();
  const serverHello = proto.HandshakeMessage.decode(responder.answerHello(hello));
  const sealedStatic = handler.processHandshake(serverHello, noiseKey);
  const payload = handler.encrypt(Buffer.from("who I am"));
  const finish = proto.HandshakeMessage.encode({ clientFinish: { static: sealedStatic, payload } }).finish();
  return { handler, finish };
};

describe("NoiseResponder", () => {
  test("shakes hands with Baileys, which accepts the certificate chain", async () => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey.public);
    const responder = new NoiseResponder(issueServerIdentity(rootKey), NOISE_WA_HEADER);
    const { handler, finish } = shake(responder);
    const transport = responder.finish(finish);
    expect(transport.clientStatic).toEqual(Buffer.from(noiseKey.public));
    expect(transport.payload.toString()).toBe("who I am");
    await handler.finishInit();
    for (const text of ["one", "two"]) {
      expect(transport.open(handler.encrypt(Buffer.from(text))).toString()).toBe(text);
      expect(Buffer.from(handler.decrypt(transport.seal(Buffer.from(text)))).toString()).toBe(text);
    }
  });

  test("refuses a finish that was tampered with, and a hello without a key", () => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey.public);
    const responder = new NoiseResponder(issueServerIdentity(rootKey), NOISE_WA_HEADER);
    const { finish } = shake(responder);
    const last = finish.length - 1;
    finish[last] = (finish[last] ?? 0) ^ 1;
    expect(() => responder.finish(finish)).toThrow("The Noise handshake failed");
    expect(() => responder.answerHello(new Uint8Array())).toThrow("no ephemeral key");
  });
});
