import { invalidRequest } from "./store-errors.ts";

/** LMDB of 4 KB pages takes keys of up to 1978 bytes. */
const MAX_KEY_BYTES = 1024;

/**
 * What may be said about a key in an error or a log line: its kind, never an id, which may be an address.
 * `session/pre-key/12` is of kind `session/pre-key`, `inbox/…` of kind `inbox`.
 */
export const kindOfKey = (key: string): string => {
  const [family = "", kind, ...id] = key.split("/");
  return kind !== undefined && id.length > 0 && /^[a-z-]+$/.test(kind) ? `${family}/${kind}` : family;
};

/** UTF-8 of a key; raises `store.invalid` for an empty, too long or ill-formed one. */
export const encodeKey = (key: string): Buffer => {
  const bytes = Buffer.from(key, "utf8");
  if (bytes.length === 0) throw invalidRequest("A record needs a key that is not empty.");
  if (bytes.length > MAX_KEY_BYTES) {
    throw invalidRequest(`A key of kind ${kindOfKey(key)} has ${bytes.length} bytes; ${MAX_KEY_BYTES} are possible.`);
  }
  // A lone surrogate has no UTF-8; two such keys would become the same one. Where each character is one byte there is none.
  if (bytes.length !== key.length && bytes.toString("utf8") !== key)
    throw invalidRequest(`A key of kind ${kindOfKey(key)} is not well-formed text.`);
  return bytes;
};

/** The key of these bytes. */
export const decodeKey = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");

/** The first byte string after every one that begins with `prefix`; `undefined` when there is none. */
export const afterPrefix = (prefix: Uint8Array): Buffer | undefined => {
  const bound = Buffer.from(prefix);
  for (let last = bound.length - 1; last >= 0; last -= 1) {
    const byte = bound[last] ?? 0xff;
    if (byte < 0xff) {
      bound[last] = byte + 1;
      return bound.subarray(0, last + 1);
    }
  }
  return undefined;
};

const POSITION_BYTES = 6;

/** A position as bytes that sort like numbers. */
export const encodePosition = (position: number): Buffer => {
  const bytes = Buffer.allocUnsafe(POSITION_BYTES);
  bytes.writeUIntBE(position, 0, POSITION_BYTES);
  return bytes;
};

/** The position of these bytes; `undefined` when they are none. */
export const decodePosition = (bytes: Uint8Array): number | undefined =>
  bytes.byteLength === POSITION_BYTES
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUIntBE(0, POSITION_BYTES)
    : undefined;
