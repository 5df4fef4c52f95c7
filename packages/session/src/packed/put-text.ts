import { TAG } from "./layout.ts";
import { HEAD_BYTES, output, putByte, putLength, reserve } from "./output.ts";

/** Shorter ones are names and numbers, which only look like base64. */
const SHORTEST_BASE64 = 12;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 61;
const NO_DIGIT = 64;
const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (let digit = 0; digit < ALPHABET.length; digit += 1) DIGITS[ALPHABET.charCodeAt(digit)] = digit;

/** The 24 bits that four digits stand for; -1 where one is none. */
const groupAt = (text: string, index: number, padding: number): number => {
  const a = DIGITS[text.charCodeAt(index)] ?? NO_DIGIT;
  const b = DIGITS[text.charCodeAt(index + 1)] ?? NO_DIGIT;
  const c = padding > 1 ? 0 : (DIGITS[text.charCodeAt(index + 2)] ?? NO_DIGIT);
  const d = padding > 0 ? 0 : (DIGITS[text.charCodeAt(index + 3)] ?? NO_DIGIT);
  return (a | b | c | d) >= NO_DIGIT ? -1 : (a << 18) | (b << 12) | (c << 6) | d;
};

const paddingOf = (text: string): number => {
  if (text.charCodeAt(text.length - 1) !== PADDING) return 0;
  return text.charCodeAt(text.length - 2) === PADDING ? 2 : 1;
};

/** Writes what base64 stands for to `from`; false when it is not the base64 that an encoder writes. */
const decodeInto = (text: string, padding: number, from: number): boolean => {
  const { bytes } = output;
  const last = text.length - 4;
  let at = from;
  for (let index = 0; index <= last; index += 4) {
    const group = groupAt(text, index, index === last ? padding : 0);
    if (group < 0) return false;
    bytes[at] = group >> 16;
    bytes[at + 1] = group >> 8;
    bytes[at + 2] = group;
    at += 3;
  }
  // Bits that stand for nothing are zero in what an encoder writes; any others would be lost.
  for (let spare = padding; spare > 0; spare -= 1) if (bytes[at - spare] !== 0) return false;
  return true;
};

/** Writes a text as the bytes it stands for; false, with nothing written, when it is not canonical base64. */
const putBase64 = (text: string): boolean => {
  if (text.length < SHORTEST_BASE64 || text.length % 4 !== 0) return false;
  const padding = paddingOf(text);
  const length = (text.length / 4) * 3 - padding;
  const start = output.at;
  putByte(TAG.base64);
  putLength(length);
  if (decodeInto(text, padding, output.at)) {
    output.at += length;
    return true;
  }
  output.at = start;
  return false;
};

/** As `putBase64`, for ASCII. */
const putAscii = (text: string): boolean => {
  const start = output.at;
  putByte(TAG.ascii);
  putLength(text.length);
  const { bytes, at } = output;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) {
      output.at = start;
      return false;
    }
    bytes[at + index] = code;
  }
  output.at += text.length;
  return true;
};

/** Writes a text in the shortest of its forms. */
export const putText = (text: string): void => {
  reserve(text.length + HEAD_BYTES);
  if (putBase64(text) || putAscii(text)) return;
  const json = Buffer.from(JSON.stringify(text), "utf8");
  reserve(json.length + HEAD_BYTES);
  putByte(TAG.text);
  putLength(json.length);
  json.copy(output.bytes, output.at);
  output.at += json.length;
};
