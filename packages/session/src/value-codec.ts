import { BufferJSON } from "@whiskeysockets/baileys";
import { recordCorrupt } from "./session-errors.ts";

// The first byte says how the rest is written; another form gets another number.
const JSON_FORM = 1;
const BYTES_FORM = 2;

/** Whether anything in it is for Baileys' replacer to write, or writes itself. */
const needsReplacer = (value: object): boolean => {
  if (value instanceof Uint8Array || "toJSON" in value || ("type" in value && value.type === "Buffer")) return true;
  return Object.values(value).some((part) => typeof part === "object" && part !== null && needsReplacer(part));
};

// The replacer is called for every property, which takes most of the time; a session record, the commonest of all, has
// nothing for it.
const toJson = (value: unknown): string =>
  typeof value === "object" && value !== null && !needsReplacer(value)
    ? JSON.stringify(value)
    : JSON.stringify(value, BufferJSON.replacer);

/** The bytes of a value: bytes as they are, anything else as Baileys' JSON. */
export const encodeValue = (value: unknown): Uint8Array =>
  value instanceof Uint8Array
    ? Buffer.concat([Buffer.of(BYTES_FORM), value])
    : Buffer.from(String.fromCharCode(JSON_FORM) + toJson(value), "utf8");

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
