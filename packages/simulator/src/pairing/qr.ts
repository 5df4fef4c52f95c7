import { failure } from "../failure.ts";

/** What a pairing QR says. Keys are 32 bytes. */
export interface QrContent {
  ref: string;
  noiseKey: Buffer;
  identity: Buffer;
  advSecret: Buffer;
}

const KEY_BYTES = 32;

/** Reads a QR text, with or without the link that newer clients put before it. Throws `simulator.bad-input`. */
export const parseQr = (text: string): QrContent => {
  const [ref = "", ...keys] = text.slice(text.indexOf("#") + 1).split(",");
  const [noiseKey, identity, advSecret] = keys.slice(0, 3).map((key) => Buffer.from(key, "base64"));
  const whole = [noiseKey, identity, advSecret].every((key) => key?.length === KEY_BYTES);
  if (ref === "" || !whole || noiseKey === undefined || identity === undefined || advSecret === undefined) {
    throw failure(
      "simulator.bad-input",
      'The field "qr" is not the text of a WhatsApp pairing QR.',
      "Pass the text exactly as the client gave it: ref, noise key, identity key and secret, separated by commas.",
    );
  }
  return { ref, noiseKey, identity, advSecret };
};
