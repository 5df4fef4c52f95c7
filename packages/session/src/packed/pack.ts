import { END, NAMES, TAG, UNKNOWN_NAME } from "./layout.ts";
import { HEAD_BYTES, output, putByte, putLength, reserve } from "./output.ts";
import { putText } from "./put-text.ts";

const NUMBER_OF = new Map<string, number>(NAMES.map((name, index) => [name, index + 1]));

const putBytes = (bytes: Uint8Array): void => {
  reserve(bytes.length + HEAD_BYTES);
  putByte(TAG.bytes);
  putLength(bytes.length);
  output.bytes.set(bytes, output.at);
  output.at += bytes.length;
};

const putNumber = (number: number): void => {
  reserve(HEAD_BYTES);
  if (Number.isSafeInteger(number)) {
    putByte(number < 0 ? TAG.negative : TAG.integer);
    putLength(Math.abs(number));
  } else if (Number.isFinite(number)) {
    putByte(TAG.float);
    output.at = output.bytes.writeDoubleLE(number, output.at);
  } else {
    putByte(TAG.null);
  }
};

const putName = (name: string): void => {
  reserve(1);
  const known = NUMBER_OF.get(name);
  putByte(known ?? UNKNOWN_NAME);
  if (known === undefined) putText(name);
};

/** What has no JSON. */
const isNothing = (value: unknown): boolean =>
  value === undefined || typeof value === "function" || typeof value === "symbol";

/** What Baileys' reviver takes for bytes: numbers under names that are numbers. */
const isIndexed = (names: readonly string[], values: readonly unknown[]): boolean =>
  // The first one tells almost always: this runs for every object of every message.
  typeof values[0] === "number" &&
  names.every((name, index) => typeof values[index] === "number" && !Number.isNaN(Number.parseInt(name, 10)));

const putObject = (object: object): void => {
  // Both at once: reading the values by their names takes longer than all the rest.
  const names = Object.keys(object);
  const values: unknown[] = Object.values(object);
  if (isIndexed(names, values)) return putBytes(Buffer.from(values as number[]));
  reserve(1);
  putByte(TAG.object);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? "";
    const value = values[index];
    // JSON leaves it out of an object, and writes null for it in a list.
    if (isNothing(value)) continue;
    putName(name);
    putValue(value, name);
  }
  reserve(1);
  putByte(END);
};

const putArray = (list: readonly unknown[]): void => {
  reserve(HEAD_BYTES);
  putByte(TAG.array);
  putLength(list.length);
  for (const [index, part] of list.entries()) putValue(isNothing(part) ? null : part, String(index));
};

const putThing = (thing: object, name: string): void => {
  if (thing instanceof Uint8Array) putBytes(thing);
  else if ("toJSON" in thing && typeof thing.toJSON === "function") putValue(thing.toJSON(name), name);
  else if ("type" in thing && thing.type === "Buffer") {
    // In the words of Baileys' replacer.
    const bytes = "data" in thing && thing.data ? thing.data : thing;
    putBytes(Buffer.from(bytes as Uint8Array));
  } else if (Array.isArray(thing)) putArray(thing);
  else putObject(thing);
};

const putValue = (value: unknown, name: string): void => {
  if (typeof value === "string") return putText(value);
  if (typeof value === "number") return putNumber(value);
  if (typeof value === "object" && value !== null) return putThing(value, name);
  reserve(1);
  if (typeof value === "boolean") putByte(value ? TAG.true : TAG.false);
  else putByte(TAG.null);
};

/** A value as packed JSON, behind one byte of the caller's. */
export const pack = (form: number, value: unknown): Buffer => {
  output.at = 0;
  putByte(form);
  putValue(value, "");
  const packed = Buffer.allocUnsafe(output.at);
  output.bytes.copy(packed, 0, 0, output.at);
  return packed;
};
