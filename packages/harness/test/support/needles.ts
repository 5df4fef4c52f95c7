import { decodeValue } from "@blacksky/session";
import { openStore } from "@blacksky/store";

/** Something secret, and every form in which it could be written down. */
export interface Needle {
  /** What it is, without giving it away. */
  readonly name: string;
  readonly forms: readonly Buffer[];
}

// Keys are 32 bytes, 33 with their type; what is shorter may stand in a text by chance.
const BASE64_KEY = /[A-Za-z0-9+/]{42,}={0,2}/g;
const MIN_KEY_BYTES = 32;
const KEPT_BYTES = 24;

const textForms = (bytes: Buffer): string[] => {
  const numbers = [...bytes];
  const hex = bytes.toString("hex");
  return [
    bytes.toString("base64"),
    bytes.toString("base64url"),
    hex,
    hex.toUpperCase(),
    // As Node.js prints a Buffer, JSON an array of numbers, and `util.inspect` a Uint8Array.
    numbers.map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
    numbers.join(","),
    numbers.join(", "),
    bytes.toString("utf8"),
    bytes.toString("latin1"),
  ];
};

/** Bytes: raw and in every spelling. Cut, so that a form is found beside whatever comes before or after. */
export const bytesNeedle = (name: string, bytes: Buffer): Needle => {
  // Three bytes are four characters of base64: only a multiple of three is spelled the same with more behind it.
  const kept = bytes.subarray(0, Math.min(bytes.length - (bytes.length % 3), KEPT_BYTES));
  return { name, forms: [kept, ...textForms(kept).map((text) => Buffer.from(text))] };
};

/** A text: as it is, in base64 and in hexadecimal. */
export const textNeedle = (name: string, text: string): Needle => {
  const bytes = Buffer.from(text);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
  return { name, forms: [bytes, Buffer.from(whole.toString("base64")), Buffer.from(bytes.toString("hex"))] };
};

/** All bytes in a record's value: as they are, as base64, and within bytes that are a text themselves. */
const bytesIn = (value: unknown): Buffer[] => {
  if (value instanceof Uint8Array) return [Buffer.from(value), ...bytesIn(Buffer.from(value).toString("latin1"))];
  if (typeof value === "string") return (value.match(BASE64_KEY) ?? []).map((text) => Buffer.from(text, "base64"));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [...bytesIn(name), ...bytesIn(part)]);
};

/** Every key in a local store's session: of creds, pre-keys, sessions and sender keys. */
export const keysOf = async (storePath: string): Promise<readonly Needle[]> => {
  const store = openStore({ path: storePath, readOnly: true });
  const needles = new Map<string, Needle>();
  for (const { key, value } of store.entries("session/")) {
    const kind = key.split("/")[1] ?? "";
    for (const bytes of bytesIn(decodeValue(kind, value))) {
      if (bytes.length >= MIN_KEY_BYTES) needles.set(bytes.toString("hex"), bytesNeedle(`a key of ${kind}`, bytes));
    }
  }
  await store.close();
  return [...needles.values()];
};

/** The names of the needles that are in a haystack. */
export const findNeedles = (needles: readonly Needle[], haystack: Buffer): string[] =>
  needles.filter(({ forms }) => forms.some((form) => haystack.includes(form))).map(({ name }) => name);
