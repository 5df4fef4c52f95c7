import { BlackskyError } from "@blacksky/errors";
import { BufferJSON } from "@whiskeysockets/baileys";

// The first byte says how the rest is written; another form gets another number.
const JSON_FORM = 1;
const BYTES_FORM = 2;

/** The bytes of a value: bytes as they are, anything else as Baileys' JSON. */
export const encodeValue = (value: unknown): Uint8Array =>
  value instanceof Uint8Array
    ? Buffer.concat([Buffer.of(BYTES_FORM), value])
    : Buffer.concat([Buffer.of(JSON_FORM), Buffer.from(JSON.stringify(value, BufferJSON.replacer), "utf8")]);

/**
 * The value of these bytes.
 *
 * @param kind what the error may name
 * @throws BlackskyError `session.recordCorrupt`: a record that cannot be read is never taken for an absent one
 */
export const decodeValue = (kind: string, bytes: Uint8Array): unknown => {
  const [form] = bytes;
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  if (form === BYTES_FORM) return Buffer.from(rest);
  try {
    if (form === JSON_FORM) return JSON.parse(rest.toString("utf8"), BufferJSON.reviver) as unknown;
  } catch (cause) {
    throw corrupt(kind, "is not valid JSON", cause);
  }
  throw corrupt(kind, `is written in form ${String(form)}, which this version does not know`, undefined);
};

const corrupt = (kind: string, why: string, cause: unknown): BlackskyError =>
  new BlackskyError("session.recordCorrupt", `A ${kind} record of the session ${why}.`, {
    hint: "Restore the session from the database: move DATA_DIR/store away and start again.",
    cause,
  });
