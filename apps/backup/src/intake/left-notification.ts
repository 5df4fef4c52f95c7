import type { LeftRow } from "@blacksky/postgres";
import { outbox } from "@blacksky/protocol";
import type { Notification, NotificationStatus } from "@blacksky/protocol";

import { createSeal } from "../seal/seal.ts";
import type { Seal } from "../seal/seal.ts";

/** Why one that was left is set aside where no key that is known here opens it. */
export const UNREADABLE = "unreadable";

// Bound to its id: a row that was copied under another one does not open.
const keyOf = (id: string): string => `intake/${id}`;

/** A notification as PostgreSQL may see it. */
export const sealNotification = (seal: Seal, id: string, notification: Notification): Uint8Array =>
  seal.seal(keyOf(id), Buffer.from(JSON.stringify(notification)));

/**
 * What was left; `undefined` where it cannot be read. Whoever left it may have had the key before ours, or none yet, and
 * may have been another version: what the protocol would refuse here counts as unreadable too.
 */
export const openNotification = (
  seal: Seal,
  sessionId: string,
  { id, value }: Pick<LeftRow, "id" | "value">,
): Notification | undefined => {
  for (const one of [seal, seal.previous, createSeal(sessionId, undefined)]) {
    try {
      const text = one === undefined ? "" : Buffer.from(one.open(keyOf(id), value)).toString();
      const body = outbox.enqueue.body.safeParse({ id, notification: JSON.parse(text) as unknown });
      return body.success ? body.data.notification : undefined;
    } catch {
      // Sealed with another key.
    }
  }
  return undefined;
};

const WORDS: Readonly<Record<string, string>> = {
  [UNREADABLE]: "It cannot be read: it was left under another SESSION_ENCRYPTION_KEY, or is damaged.",
  "outbox.recipient": "Its recipient cannot be written to.",
};

/** Where one is that no bot has taken yet. */
export const describeLeft = (row: LeftRow, notification: Notification | undefined, now: number): NotificationStatus => {
  const createdAt = row.createdAt.getTime();
  const { id, setAside } = row;
  const rest = { id, attempts: 0, createdAt, nextAttemptAt: null };
  if (setAside !== null) {
    const lastError = WORDS[setAside.reason] ?? `The bot could not take it (${setAside.reason}).`;
    return { ...rest, state: "discarded", changedAt: setAside.at.getTime(), lastError };
  }
  const isScheduled = notification?.notBefore !== undefined && notification.notBefore > now;
  return { ...rest, state: isScheduled ? "scheduled" : "available", changedAt: createdAt, lastError: null };
};
