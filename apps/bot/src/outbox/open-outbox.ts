import { NO_LIMITS, createOutbox, type Outbox, type OutboxOptions } from "@blacksky/outbox";
import type { Store } from "@blacksky/store";
import { userJid } from "@blacksky/whatsapp";
import { messageIdFrom } from "../sending/message-id.ts";
import { createKnownPeople } from "./known-people.ts";

export interface OpenOutboxOptions extends Pick<
  OutboxOptions,
  "clock" | "random" | "log" | "onCounts" | "onChange" | "onFailure"
> {
  readonly store: Store;
  /** Phone numbers, digits. */
  readonly owners: readonly string[];
  /** Any other server bans nobody, so nothing is slowed down for it. */
  readonly isWhatsApp: boolean;
}

/** The outbox on the bot's store. */
export const openOutbox = ({ owners, isWhatsApp, ...options }: OpenOutboxOptions): Outbox => {
  const [owner] = owners;
  return createOutbox({
    ...options,
    messageIdOf: (id) => messageIdFrom(["notification", id]),
    owner: owner === undefined ? undefined : userJid(owner),
    isKnown: createKnownPeople(options.store),
    ...(isWhatsApp ? {} : { limits: NO_LIMITS }),
  });
};
