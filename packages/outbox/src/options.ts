import type { Logger } from "@blacksky/logger";
import type { Clock, Random } from "@blacksky/machine";
import type { Store } from "@blacksky/store";
import type { RateLimits } from "./limits.ts";
import type { NotificationSettings } from "./notification/settings.ts";
import type { Retention } from "./settled.ts";

/** How much the outbox holds and does at a time. */
export interface OutboxCapacity {
  /** How many may be still to be sent. */
  readonly maxPending: number;
  /** Bytes of their texts: the store has to hold them. */
  readonly maxPendingBytes: number;
  /** Attempts under way at one time, in as many chats. */
  readonly maxExecuting: number;
  /** How long an attempt may take to be on the wire: new devices have to be asked for, and others go first. */
  readonly relayDeadlineMs: number;
  /** After that the acknowledgement has been lost, or the message has. */
  readonly ackDeadlineMs: number;
}

export const DEFAULT_CAPACITY: OutboxCapacity = {
  maxPending: 20_000,
  maxPendingBytes: 64 * 2 ** 20,
  maxExecuting: 16,
  relayDeadlineMs: 90_000,
  ackDeadlineMs: 20_000,
};

export interface OutboxOptions {
  readonly store: Pick<Store, "get" | "keys" | "write">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** WhatsApp's message id for a notification: always the same one, for recipients show one id once. */
  readonly messageIdOf: (id: string) => string;
  /** The JID of the owner, as far as one is configured. */
  readonly owner: string | undefined;
  /** Whether this person ever wrote to us. Groups are not asked about. */
  readonly isKnown: (jid: string) => boolean;
  /** `counts` has changed; not told of what was there from the start. */
  readonly onCounts: () => void;
  /** Something was written. */
  readonly onChange: () => void;
  /** One was given up; `problem` is for people. */
  readonly onDiscarded?: (id: string, problem: string) => void;
  /** The store failed; nothing is sent from then on. */
  readonly onFailure: (error: unknown) => void;
  readonly settings?: Partial<NotificationSettings>;
  readonly limits?: Partial<RateLimits>;
  readonly retention?: Partial<Retention>;
  readonly capacity?: Partial<OutboxCapacity>;
}
