import { BlackskyError } from "@blacksky/errors";
import type { Entry, EntryState, ReadPart } from "./entry.ts";

/** A record: form, length of the head, head as JSON, the plaintexts one after the other. Another form gets another number. */
const FORM = 1;
const HEAD_LENGTH_BYTES = 4;
const HEAD_AT = 1 + HEAD_LENGTH_BYTES;

/** The head's short names: every message is written twice, and most of a small record would be names. */
interface Head {
  readonly q: number;
  readonly s: EntryState;
  readonly t: number;
  readonly n: number;
  readonly u: string;
  readonly a: Readonly<Record<string, string>>;
  /** Fingerprint and length of the plaintext, by turns. */
  readonly p: readonly (string | number)[];
}

/** The bytes of an entry; its id is its key. */
export const encodeEntry = ({ sequence, state, at, attempts, account, attributes, parts }: Entry): Uint8Array => {
  const lengths = parts.flatMap(({ fingerprint, plaintext }) => [fingerprint, plaintext.length]);
  const head: Head = { q: sequence, s: state, t: at, n: attempts, u: account, a: attributes, p: lengths };
  const json = Buffer.from(JSON.stringify(head));
  const start = Buffer.alloc(HEAD_AT);
  start.writeUInt8(FORM, 0);
  start.writeUInt32BE(json.length, 1);
  return Buffer.concat([start, json, ...parts.map(({ plaintext }) => plaintext)]);
};

const corrupt = (why: string): BlackskyError =>
  new BlackskyError("inbox.corruptEntry", `An entry of the inbox cannot be read: ${why}.`, {
    hint: "It is left out; its author may write again.",
  });

const readHead = (bytes: Buffer, end: number): Head => {
  try {
    return JSON.parse(bytes.toString("utf8", HEAD_AT, end)) as Head;
  } catch {
    throw corrupt("its head is no JSON");
  }
};

const isState = (state: unknown): state is EntryState => state === "pending" || state === "handled" || state === "void";

const readParts = (bytes: Buffer, lengths: readonly (string | number)[], from: number): ReadPart[] => {
  const parts: ReadPart[] = [];
  let at = from;
  for (let index = 0; index < lengths.length; index += 2) {
    const fingerprint = lengths[index];
    const length = lengths[index + 1];
    if (typeof fingerprint !== "string" || typeof length !== "number" || at + length > bytes.length)
      throw corrupt("it is shorter than it says");
    parts.push({ fingerprint, plaintext: bytes.subarray(at, at + length) });
    at += length;
  }
  return parts;
};

/**
 * The entry of these bytes.
 *
 * @throws BlackskyError `inbox.corruptEntry`
 */
export const decodeEntry = (id: string, record: Uint8Array): Entry => {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  if (bytes.length < HEAD_AT || bytes[0] !== FORM) throw corrupt("its form is not known");
  const end = HEAD_AT + bytes.readUInt32BE(1);
  const { q: sequence, s: state, t: at, n: attempts, u: account, a: attributes, p: lengths } = readHead(bytes, end);
  const isWhole =
    Number.isSafeInteger(sequence) &&
    Number.isSafeInteger(at) &&
    Number.isSafeInteger(attempts) &&
    isState(state) &&
    typeof account === "string" &&
    typeof attributes === "object" &&
    Array.isArray(lengths);
  if (!isWhole) throw corrupt("its head lacks something");
  return { id, sequence, state, at, attempts, account, attributes, parts: readParts(bytes, lengths, end) };
};
