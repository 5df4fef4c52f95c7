import { normalizeMessageContent, type proto } from "@whiskeysockets/baileys";

/** The wrappers peeled off: disappearing, view-once, captioned document, and our own from another device. */
export const unwrapMessage = (message: proto.IMessage | null | undefined): proto.IMessage | undefined => {
  const content = normalizeMessageContent(message ?? undefined);
  const sent = content?.deviceSentMessage?.message;
  return sent === null || sent === undefined ? content : normalizeMessageContent(sent);
};

/** What a person wrote: the text itself, or the caption under a picture, video or document; empty when there is none. */
export const messageText = (content: proto.IMessage): string =>
  content.conversation ??
  content.extendedTextMessage?.text ??
  content.imageMessage?.caption ??
  content.videoMessage?.caption ??
  content.documentMessage?.caption ??
  "";

/** Seconds after which the sender's chat lets messages disappear; 0 in an ordinary chat. */
export const disappearsAfterS = (content: proto.IMessage): number =>
  content.extendedTextMessage?.contextInfo?.expiration ??
  content.imageMessage?.contextInfo?.expiration ??
  content.videoMessage?.contextInfo?.expiration ??
  content.documentMessage?.contextInfo?.expiration ??
  0;
