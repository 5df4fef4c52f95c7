import { createPublicKey, verify } from "node:crypto";

/** The field of Curve25519. */
const P = 2n ** 255n - 19n;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const SIGN_BIT = 0x80;
const ED25519_DER_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const modulo = (value: bigint): bigint => ((value % P) + P) % P;

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n;
  for (let square = modulo(base), rest = exponent; rest > 0n; rest >>= 1n, square = modulo(square * square)) {
    if ((rest & 1n) === 1n) result = modulo(result * square);
  }
  return result;
};

const readLittleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);

const writeLittleEndian = (value: bigint): Buffer =>
  Buffer.from(Buffer.from(value.toString(16).padStart(KEY_BYTES * 2, "0"), "hex").toReversed());

/**
 * Verifies an XEdDSA signature under an X25519 public key (32 bytes). Written here because Baileys' `Curve.verify` does
 * not look at libsignal's verdict and answers true for every well-formed signature.
 */
export const isSignedBy = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  // Birational map from the Montgomery to the Edwards curve; the sign of x travels in the signature's last bit.
  const u = modulo(readLittleEndian(publicKey));
  const edwards = writeLittleEndian(modulo((u - 1n) * power(u + 1n, P - 2n)));
  const last = SIGNATURE_BYTES - 1;
  const plain = Buffer.from(signature);
  edwards.writeUInt8(edwards.readUInt8(KEY_BYTES - 1) | (plain.readUInt8(last) & SIGN_BIT), KEY_BYTES - 1);
  plain.writeUInt8(plain.readUInt8(last) & ~SIGN_BIT, last);
  const key = createPublicKey({ key: Buffer.concat([ED25519_DER_PREFIX, edwards]), format: "der", type: "spki" });
  return verify(null, message, key, plain);
};
