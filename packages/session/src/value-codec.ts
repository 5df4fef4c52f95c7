import { BufferJSON } from "@whiskeysockets/baileys";
import { pack } from "./packed/pack.ts";
import { Unpackable } from "./packed/input.ts";
import { unpack } from "./packed/unpack.ts";
import { recordCorrupt } from "./session-errors.ts";

// The first byte says how the rest is written; another form gets another number.
/** Baileys' JSON, as the first builds wrote it. */
const JSON_FORM = 1;
const BYTES_FORM = 2;
const PACKED_FORM = 3;
/** Bytes that are JSON themselves, packed. */
const PACKED_TEXT_FORM = 4;

/** The bytes of a value: bytes as they are, anything else packed. */
export const encodeValue = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? Buffer.concat([Buffer.of(BYTES_FORM), value]) : pack(PACKED_FORM, value);

/** The bytes of a value that is Baileys' JSON of this, in UTF-8: it comes back as such bytes. */
export const encodeJsonBytes = (value: unknown): Uint8Array => pack(PACKED_TEXT_FORM, value);

const parse = (kind: string, text: string): unknown => {
  try {
    return JSON.parse(text, BufferJSON.reviver);
  } catch {
    throw recordCorrupt(kind, "it is not valid JSON");
  }
};

const open = (kind: string, bytes: Buffer, form: number): unknown => {
  try {
    if (form === PACKED_FORM) return unpack(bytes, 1, "buffer");
    return Buffer.from(JSON.stringify(unpack(bytes, 1, "json")), "utf8");
  } catch (error) {
    throw error instanceof Unpackable ? recordCorrupt(kind, error.message) : error;
  }
};

/**
 * The value of these bytes; bytes come back as a `Buffer` of the caller's own.
 *
 * @param kind what the error may name
 * @throws BlackskyError `session.recordCorrupt`: a record that cannot be read is never taken for an absent one
 */
export const decodeValue = (kind: string, bytes: Uint8Array): unknown => {
  const [form] = bytes;
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (form) {
    case PACKED_FORM:
    case PACKED_TEXT_FORM:
      return open(kind, whole, form);
    case BYTES_FORM:
      return Buffer.from(whole.subarray(1));
    case JSON_FORM:
      return parse(kind, whole.toString("utf8", 1));
    case undefined:
      throw recordCorrupt(kind, "it is empty");
    default:
      throw recordCorrupt(kind, `its form ${form} is not known to this version`);
  }
};
