import { createHash, hkdfSync } from "node:crypto";
import { aesDecryptGCM, aesEncryptGCM, Curve, NOISE_MODE, proto } from "@whiskeysockets/baileys";
import { failure } from "../failure.ts";
import type { ServerIdentity } from "./certificate.ts";

const NOTHING = Buffer.alloc(0);
const IV_BYTES = 12;
const KEY_BYTES = 32;

const iv = (counter: number): Buffer => {
  const buffer = Buffer.alloc(IV_BYTES);
  buffer.writeUInt32BE(counter, IV_BYTES - 4);
  return buffer;
};

const expand = (input: Uint8Array, salt: Uint8Array): readonly [Buffer, Buffer] => {
  const output = Buffer.from(hkdfSync("sha256", input, salt, NOTHING, KEY_BYTES * 2));
  return [output.subarray(0, KEY_BYTES), output.subarray(KEY_BYTES)];
};

/** One direction's cipher after the handshake. Seal at the moment of writing: the counter is the order on the wire. */
const createCipherState = (key: Buffer) => {
  let counter = 0;
  return {
    seal: (plaintext: Uint8Array): Buffer => aesEncryptGCM(plaintext, key, iv(counter++), NOTHING),
    open: (ciphertext: Uint8Array): Buffer => aesDecryptGCM(ciphertext, key, iv(counter++), NOTHING),
  };
};

/** What the client proved and said in its last handshake message, and the two ciphers from then on. */
export interface NoiseTransport {
  clientStatic: Buffer;
  payload: Buffer;
  /** Encrypts server → client. */
  seal: (plaintext: Uint8Array) => Buffer;
  /** Decrypts client → server; throws when the frame was tampered with or reordered. */
  open: (ciphertext: Uint8Array) => Buffer;
}

/** Responder of Noise_XX_25519_AESGCM_SHA256 as WhatsApp Web speaks it: answer the hello, then finish. */
export class NoiseResponder {
  readonly #identity: ServerIdentity;
  readonly #ephemeral = Curve.generateKeyPair();
  #hash: Buffer = Buffer.from(NOISE_MODE);
  #chainingKey: Buffer = this.#hash;
  #key: Buffer = this.#hash;
  #counter = 0;

  constructor(identity: ServerIdentity, prologueHeader: Uint8Array) {
    this.#identity = identity;
    this.#absorb(prologueHeader);
  }

  /** Takes the encoded `clientHello` frame, returns the encoded `serverHello` to write back. */
  answerHello(frame: Uint8Array): Uint8Array {
    const clientEphemeral = proto.HandshakeMessage.decode(frame).clientHello?.ephemeral;
    if (clientEphemeral?.length !== KEY_BYTES) throw handshakeFailure("the client hello has no ephemeral key");
    this.#absorb(clientEphemeral);
    this.#absorb(this.#ephemeral.public);
    this.#mix(Curve.sharedKey(this.#ephemeral.private, clientEphemeral));
    const sealedStatic = this.#seal(this.#identity.staticKey.public);
    this.#mix(Curve.sharedKey(this.#identity.staticKey.private, clientEphemeral));
    const payload = this.#seal(this.#identity.certificateChain);
    return proto.HandshakeMessage.encode({
      serverHello: { ephemeral: this.#ephemeral.public, static: sealedStatic, payload },
    }).finish();
  }

  /** Takes the encoded `clientFinish` frame. Throws `simulator.protocol` when it does not decrypt. */
  finish(frame: Uint8Array): NoiseTransport {
    const clientFinish = proto.HandshakeMessage.decode(frame).clientFinish;
    if (!clientFinish?.static || !clientFinish.payload) throw handshakeFailure("the client finish is incomplete");
    const clientStatic = this.#open(clientFinish.static);
    this.#mix(Curve.sharedKey(this.#ephemeral.private, clientStatic));
    const payload = this.#open(clientFinish.payload);
    const [fromClient, toClient] = expand(NOTHING, this.#chainingKey);
    return {
      clientStatic,
      payload,
      seal: createCipherState(toClient).seal,
      open: createCipherState(fromClient).open,
    };
  }

  #absorb(part: Uint8Array): void {
    this.#hash = createHash("sha256").update(this.#hash).update(part).digest();
  }

  #mix(sharedKey: Uint8Array): void {
    [this.#chainingKey, this.#key] = expand(sharedKey, this.#chainingKey);
    this.#counter = 0;
  }

  #seal(plaintext: Uint8Array): Buffer {
    const ciphertext = aesEncryptGCM(plaintext, this.#key, iv(this.#counter++), this.#hash);
    this.#absorb(ciphertext);
    return ciphertext;
  }

  #open(ciphertext: Uint8Array): Buffer {
    try {
      const plaintext = aesDecryptGCM(ciphertext, this.#key, iv(this.#counter++), this.#hash);
      this.#absorb(ciphertext);
      return plaintext;
    } catch (error) {
      throw handshakeFailure("a sealed part does not decrypt", error);
    }
  }
}

const handshakeFailure = (what: string, cause?: unknown) =>
  failure(
    "simulator.protocol",
    `The Noise handshake failed: ${what}.`,
    "Give the client this simulator's root key, and let nothing rewrite the stream.",
    cause,
  );
