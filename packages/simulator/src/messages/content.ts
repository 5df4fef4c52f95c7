import {
  encodeWAMessage,
  getContentType,
  normalizeMessageContent,
  proto,
  unpadRandomMax16,
} from "@whiskeysockets/baileys";

/** What a reader makes of a message. */
export interface ReadContent {
  type: string;
  text: string;
  quotedId?: string;
}

/** A plain text as a phone sends it. */
export const textContent = (text: string): proto.IMessage => ({ conversation: text });

/** Pads and encodes for encryption. */
export const toPlaintext = (content: proto.IMessage): Buffer => encodeWAMessage(content);

/** Decodes what decryption gave. Throws when it is no `Message`. */
export const fromPlaintext = (plaintext: Uint8Array): proto.IMessage =>
  proto.Message.decode(unpadRandomMax16(plaintext));

/** The parts of any content type that carry words. */
interface Wordy {
  text?: string | null;
  caption?: string | null;
  name?: string | null;
  key?: proto.IMessageKey | null;
  contextInfo?: proto.IContextInfo | null;
}

/** Reads text, caption or emoji and the quoted id; undefined for a message that only distributes keys. */
export const readContent = (content: proto.IMessage): ReadContent | undefined => {
  const inner = normalizeMessageContent(content);
  const field = getContentType(inner);
  if (inner === undefined || field === undefined) return undefined;
  if (field === "conversation") return { type: "text", text: inner.conversation ?? "" };
  const part = inner[field] as Wordy | null | undefined;
  const text = part?.text ?? part?.caption ?? part?.name ?? "";
  const quotedId = part?.contextInfo?.stanzaId ?? part?.key?.id ?? undefined;
  const type = field === "extendedTextMessage" ? "text" : field;
  return quotedId === undefined ? { type, text } : { type, text, quotedId };
};
