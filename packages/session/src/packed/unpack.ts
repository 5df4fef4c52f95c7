import { Input, Unpackable } from "./input.ts";
import { END, NAMES, TAG, UNKNOWN_NAME } from "./layout.ts";

/** What becomes of bytes: a Buffer, or what Baileys' replacer makes of one. */
export type BytesAs = "buffer" | "json";

const ENTRY = { writable: true, enumerable: true, configurable: true };

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words would quote the text.
    throw new Unpackable("a text is none");
  }
};

const readName = (input: Input, number: number): string => {
  const name = number === UNKNOWN_NAME ? readValue(input, "buffer") : NAMES[number - 1];
  if (typeof name !== "string") throw new Unpackable("a name is none");
  return name;
};

const readArray = (input: Input, bytesAs: BytesAs): unknown[] => {
  const list: unknown[] = [];
  for (let left = input.length(); left > 0; left -= 1) list.push(readValue(input, bytesAs));
  return list;
};

const readObject = (input: Input, bytesAs: BytesAs): object => {
  const found: Record<string, unknown> = {};
  for (let number = input.byte(); number !== END; number = input.byte()) {
    const name = readName(input, number);
    const value = readValue(input, bytesAs);
    // As `JSON.parse` does: an entry, and not the object's prototype.
    if (name === "__proto__") Object.defineProperty(found, name, { value, ...ENTRY });
    else found[name] = value;
  }
  return found;
};

const readValue = (input: Input, bytesAs: BytesAs): unknown => {
  switch (input.byte()) {
    case TAG.null:
      return null;
    case TAG.false:
      return false;
    case TAG.true:
      return true;
    case TAG.float:
      return input.float();
    case TAG.integer:
      return input.length();
    case TAG.negative:
      return -input.length();
    case TAG.ascii:
      return input.text("latin1");
    case TAG.base64:
      return input.text("base64");
    case TAG.text:
      return readJson(input.text("utf8"));
    case TAG.bytes:
      return bytesAs === "buffer" ? input.bytes() : { type: "Buffer", data: input.text("base64") };
    case TAG.array:
      return readArray(input, bytesAs);
    case TAG.object:
      return readObject(input, bytesAs);
    default:
      throw new Unpackable("a value is of no known kind");
  }
};

/** The value of packed JSON from `start` on; throws `Unpackable`. */
export const unpack = (bytes: Buffer, start: number, bytesAs: BytesAs): unknown => {
  const input = new Input(bytes, start);
  const value = readValue(input, bytesAs);
  if (!input.isAtEnd) throw new Unpackable("something is behind its end");
  return value;
};
