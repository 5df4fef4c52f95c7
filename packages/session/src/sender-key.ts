import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import { jidDecode } from "@whiskeysockets/baileys";
import { recordCorrupt } from "./session-errors.ts";

interface SenderKeyState {
  senderKeyId: number;
  senderChainKey: { iteration: number; seed: unknown };
  senderSigningKey: { public: unknown; private?: unknown };
  senderMessageKeys?: { iteration: number; seed: unknown }[];
}

/**
 * Bytes in any of the shapes that JSON has given them. Baileys 7.0.0-rc14 writes sender keys without its own replacer
 * (`storeSenderKey` in Signal/libsignal.ts), so a Buffer becomes an array of numbers that its reader does not take for
 * bytes: the next message out of order cannot be decrypted.
 */
const toBytes = (value: unknown): Buffer | undefined => {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === "string") return Buffer.from(value, "base64");
  if (typeof value !== "object" || value === null) return undefined;
  if ("type" in value && value.type === "Buffer" && "data" in value) {
    if (typeof value.data === "string") return Buffer.from(value.data, "base64");
    return Array.isArray(value.data) ? Buffer.from(value.data as number[]) : undefined;
  }
  const numbers = Object.values(value);
  return numbers.every((entry) => typeof entry === "number") ? Buffer.from(numbers) : undefined;
};

const normal = (value: unknown): unknown => toBytes(value) ?? value;

const normalState = (state: SenderKeyState, isOwn: boolean): SenderKeyState => ({
  ...state,
  senderChainKey: { ...state.senderChainKey, seed: normal(state.senderChainKey.seed) },
  senderSigningKey: {
    public: normal(state.senderSigningKey.public),
    ...(state.senderSigningKey.private !== undefined && { private: normal(state.senderSigningKey.private) }),
  },
  // Our own messages are never decrypted by us. libsignal leaves one unused key behind for each, without bound, and
  // rewrites them all with every message.
  senderMessageKeys: isOwn ? [] : (state.senderMessageKeys ?? []).map((key) => ({ ...key, seed: normal(key.seed) })),
});

/**
 * Signal names of our own device, as they stand in the id of a sender key: by phone number and by LID. Device 0 of the
 * same user is the owner's phone, whose messages we do read; so an address counts as it stands, as it does for Baileys.
 */
const ownSenders = ({ me }: AuthenticationCreds): readonly string[] =>
  [me?.id, me?.lid].flatMap((jid) => {
    const decoded = jidDecode(jid);
    if (decoded === undefined) return [];
    const { user, domainType, device } = decoded;
    const name = domainType === undefined || domainType === 0 ? user : `${user}_${String(domainType)}`;
    return [`${name}::${String(device ?? 0)}`];
  });

/** Whether a sender key of this id (`group::user::device`) is our own. */
export const isOwnSenderKey = (creds: AuthenticationCreds, id: string): boolean =>
  ownSenders(creds).some((sender) => id.endsWith(`::${sender}`));

const parseStates = (record: Uint8Array): SenderKeyState[] => {
  try {
    const states: unknown = JSON.parse(Buffer.from(record).toString("utf8"));
    if (Array.isArray(states)) return states;
  } catch {
    // The parser's own words would quote the key.
  }
  throw recordCorrupt("sender-key", "it is not a list of states");
};

/**
 * The states of a sender-key record as they ought to have been written: bytes that their reader recognises, and in our
 * own record no message keys, which nobody will ever use. Raises `session.recordCorrupt` for anything else.
 */
export const normaliseSenderKey = (record: Uint8Array, isOwn: boolean): readonly object[] =>
  parseStates(record).map((state) => normalState(state, isOwn));
