import { BlackskyError } from "@blacksky/errors";

/** Nothing can be sent to what the notification names. That may be an address and is not repeated. */
export const recipientRefused = (problem: string): BlackskyError =>
  new BlackskyError("outbox.recipient", `The notification cannot be sent: ${problem}.`, {
    hint: "Give a phone number with country code, such as 491701234567, the JID of a person or a group, or `owner`.",
  });

/** There is no owner to send it to. */
export const ownerUnknown = (): BlackskyError =>
  new BlackskyError("outbox.recipient", "The notification cannot be sent: no owner is configured.", {
    hint: "Set OWNER_NUMBER to a phone number with country code.",
  });

/** More waits than may. */
export const outboxFull = (problem: string): BlackskyError =>
  new BlackskyError("outbox.full", `The outbox takes nothing more: ${problem}.`, {
    hint: "Look at .queue: is the bot connected? Hand it in again later.",
  });

/** The outbox of this process is closed, or its store has failed. */
export const outboxClosed = (): BlackskyError =>
  new BlackskyError("outbox.closed", "The outbox takes nothing more: the bot is about to end.", {
    hint: "Hand it in again in a moment.",
  });

/** A stored notification is not what this build knows. Neither its address nor its text may be quoted. */
export const recordCorrupt = (problem: string): BlackskyError =>
  new BlackskyError("outbox.recordCorrupt", `A stored notification cannot be read: ${problem}.`, {
    hint: "It is kept as it is. Was it written by a newer version of the bot?",
  });

/** What a person asked for by the beginning of an id cannot be done. */
export const notFound = (wanted: string, problem: string): BlackskyError =>
  new BlackskyError("outbox.unknown", `${problem} begins with ${wanted}.`, {
    hint: "Send .queue to see what there is.",
  });
