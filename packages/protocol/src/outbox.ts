import { defineEvent, defineRequest } from "@blacksky/ipc";
import * as z from "zod";

const count = z.number().int().nonnegative();
const epochMs = z.number().int().nonnegative();

/** WhatsApp cuts off nothing up to here. */
export const LONGEST_TEXT = 65_536;

/** Made of the key, or of chance where there is none: whoever hands the same key in anywhere gets the same id. */
export const notificationId = z.string().regex(/^ntf_[0-9a-f]{24}$/);

/** A message that the bot is to send by itself. Times in epoch milliseconds. */
export const notification = z.object({
  /** A phone number (digits with country code), a JID of a person or a group, or `owner` for the first of OWNER_NUMBER. */
  to: z.string().min(1).max(100),
  text: z.string().min(1).max(LONGEST_TEXT),
  /** The same key never sends twice. */
  key: z.string().min(1).max(200).optional(),
  /** 0 first, 9 last; what goes to one chat keeps its order all the same. */
  priority: z.number().int().min(0).max(9).default(5),
  /** Not sent before. */
  notBefore: epochMs.optional(),
  /** Not sent after; discarded then. */
  expiresAt: epochMs.optional(),
});

export type Notification = z.output<typeof notification>;

/**
 * Where a notification is. `sent`: the server has it; `delivered`: the recipient has it; `retryable`: it failed and is tried
 * again; `discarded`: given up (refused, expired, too many attempts); `cancelled`: a person said so.
 */
export const notificationState = z.enum([
  "scheduled",
  "available",
  "executing",
  "sent",
  "delivered",
  "retryable",
  "discarded",
  "cancelled",
]);

export type NotificationState = z.infer<typeof notificationState>;

/** What may be told of a notification; neither whom it goes to nor what it says. */
export const notificationStatus = z.object({
  id: notificationId,
  state: notificationState,
  attempts: count,
  createdAt: epochMs,
  changedAt: epochMs,
  /** When it is tried next, where it waits for a time. */
  nextAttemptAt: epochMs.nullable(),
  /** Why the last attempt failed, in plain words. */
  lastError: z.string().max(500).nullable(),
});

export type NotificationStatus = z.infer<typeof notificationStatus>;

const handedIn = {
  body: z.object({ id: notificationId, notification }),
  reply: z.object({ isNew: z.boolean(), status: notificationStatus }),
};

/**
 * Anybody to bot: send this. Replies once it is committed to the store; `isNew` is false where the id was known already,
 * and then nothing changes. Refused with `outbox.full` or `outbox.recipient`, both with a remedy.
 */
export const enqueue = defineRequest("outbox.enqueue", "peer", handedIn);

/** Anybody to bot: where is it? `null` for an id that is not known (any more). */
export const read = defineRequest("outbox.read", "peer", {
  body: z.object({ id: notificationId }),
  reply: z.object({ status: notificationStatus.nullable() }),
});

/**
 * Runner to backup, where no bot of this tree may take it (a standby, or one that is restarting): leave it in PostgreSQL
 * for whoever holds the lease. Replies once it is committed there, as `enqueue` does. Refused with `outbox.full`.
 */
export const leave = defineRequest("outbox.leave", "parentToChild", handedIn);

/** Runner to backup: is it one that was left and that no bot has taken over yet? `null` for any other. */
export const readLeft = defineRequest("outbox.readLeft", "parentToChild", {
  body: z.object({ id: notificationId }),
  reply: z.object({ status: notificationStatus.nullable() }),
});

/** Runner to backup, which has the session: let the bot have all that was left. Replies when it has. */
export const handOver = defineRequest("outbox.handOver", "parentToChild", { body: z.object({}), reply: z.object({}) });

/** How many messages wait for the server, wait for another try, were given up, and were accepted by the server. */
export const queueCounts = z.object({ pending: count, retrying: count, dead: count, delivered: count });

/** Bot to runner: the counts have changed. */
export const counted = defineEvent("outbox.counted", "childToParent", queueCounts);
