import { parseRecipient } from "@blacksky/whatsapp";
import { recipientRefused } from "./outbox-errors.ts";

/** Stands for the first of OWNER_NUMBER, whoever that is when the notification is sent. */
export const OWNER = "owner";

/**
 * What a notification is addressed to, in one spelling: the JID of a person or a group, or `owner`.
 *
 * @throws BlackskyError `outbox.recipient`
 */
export const readRecipient = (text: string): string => {
  const recipient = parseRecipient(text.trim());
  if (recipient === undefined) throw recipientRefused("its recipient is neither a person nor a group");
  return recipient.kind === "owner" ? OWNER : recipient.jid;
};

/** Whose line it stands in: the JID that it goes to, or `owner` itself while there is none. */
export const chatOf = (to: string, owner: string | undefined): string => (to === OWNER ? (owner ?? OWNER) : to);
