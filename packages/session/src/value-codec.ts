import { BufferJSON } from "@whiskeysockets/baileys";
import { recordCorrupt } from "./session-errors.ts";

// The first byte says how the rest is written; another form gets another number.
const JSON_FORM = 1;
const BYTES_FORM = 2;

/** The bytes of a value: bytes as they are, anything else as Baileys' JSON. */
export const encodeValue = (value: unknown): Uint8Array =>
  value instanceof Uint8Array
    ? Buffer.concat([Buffer.of(BYTES_FORM), value])
    : Buffer.concat([Buffer.of(JSON_FORM), Buffer.from(JSON.stringify(value, BufferJSON.replacer), "utf8")]);

const parse = (kind: string, text: string): unknown => {
  try {
    return JSON.parse(text, BufferJSON.reviver);
  } catch {
    throw recordCorrupt(kind, "it is not valid JSON");
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
  const rest = Buffer.from(bytes.subarray(1));
  if (form === BYTES_FORM) return rest;
  if (form === JSON_FORM) return parse(kind, rest.toString("utf8"));
  throw recordCorrupt(kind, form === undefined ? "it is empty" : `its form ${form} is not known to this version`);
};
