import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { bundleDamaged } from "../../session-errors.ts";

/*
 * A bundle, version 1:
 *
 *   header   16 bytes "BLACKSKY-BUNDLE\n", version, scrypt's log2 N, r and p (a byte each), 32 bytes of salt
 *   frames   length of the text (4 bytes), 1 for the last frame or 0, the text, 16 bytes of GCM tag
 *   sum      SHA-256 of everything before
 *
 * Each frame is encrypted by AES-256-GCM under a key that no other bundle has. Its nonce is its number and whether it is
 * the last, so frames can be neither exchanged nor left out; the header is authenticated with each. The first frame
 * describes the bundle (JSON), the last one counts its records (JSON), those between hold records.
 */

const MAGIC = Buffer.from("BLACKSKY-BUNDLE\n");
const VERSION = 1;
const SALT_BYTES = 32;

export const HEADER_BYTES = MAGIC.length + 4 + SALT_BYTES;
export const FRAME_HEAD_BYTES = 5;
export const TAG_BYTES = 16;
export const SUM_BYTES = 32;
/** Far more than the largest record; what claims to be larger is damaged. */
export const MAX_FRAME_BYTES = 64 << 20;

/** Work that a guess at the passphrase costs: scrypt's N is 2 to this. 17 takes 128 MB and a third of a second. */
export const SCRYPT_LOG_N = 17;
const SCRYPT_R = 8;
const SCRYPT_P = 1;
const MAX_LOG_N = 20;

export const createHeader = (logN = SCRYPT_LOG_N): Buffer =>
  Buffer.concat([MAGIC, Buffer.of(VERSION, logN, SCRYPT_R, SCRYPT_P), randomBytes(SALT_BYTES)]);

/** Raises `session.bundleDamaged` for what is no bundle, or one of a newer build. */
export const checkHeader = (header: Buffer): void => {
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw bundleDamaged("it is not a bundle of this product");
  }
  const [version = 0, logN = 0, r, p] = header.subarray(MAGIC.length);
  if (version !== VERSION) throw bundleDamaged(`its version ${version} is not known to this build`);
  // A stranger's file must not be able to ask for all the memory there is.
  if (logN < 1 || logN > MAX_LOG_N || r !== SCRYPT_R || p !== SCRYPT_P) throw bundleDamaged("its header is wrong");
};

/** The key of a bundle, by scrypt. */
export const deriveKey = (passphrase: string, header: Buffer): Promise<Buffer> => {
  const logN = header[MAGIC.length + 1] ?? SCRYPT_LOG_N;
  const cost = { N: 2 ** logN, r: SCRYPT_R, p: SCRYPT_P, maxmem: 2 ** (logN + 11) };
  return new Promise((resolve, reject) => {
    // One passphrase can be typed as different code points.
    scrypt(passphrase.normalize("NFC"), header.subarray(-SALT_BYTES), 32, cost, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
};

/** What encrypts and decrypts the frames of one bundle. */
export interface FrameCipher {
  seal(index: number, isLast: boolean, text: Uint8Array): Buffer;
  /** `undefined` when the frame is not what was sealed at this place under this passphrase. */
  open(index: number, isLast: boolean, text: Uint8Array, tag: Uint8Array): Buffer | undefined;
}

const nonceOf = (index: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
};

export const createFrameCipher = (key: Buffer, header: Buffer): FrameCipher => ({
  seal(index, isLast, text) {
    const head = Buffer.alloc(FRAME_HEAD_BYTES);
    head.writeUInt32BE(text.byteLength, 0);
    head.writeUInt8(isLast ? 1 : 0, 4);
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(index, isLast)).setAAD(header);
    return Buffer.concat([head, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  },
  open(index, isLast, text, tag) {
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(index, isLast), { authTagLength: TAG_BYTES });
    decipher.setAAD(header).setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(text), decipher.final()]);
    } catch {
      return undefined;
    }
  },
});
