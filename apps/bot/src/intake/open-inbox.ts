import { createInbox, type Inbox } from "@blacksky/inbox";
import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import type { Store } from "@blacksky/store";

export interface OpenInboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** The inbox of the session's store; says in the log what is given up, by a name that tells nothing. */
export const openInbox = ({ store, clock, log, onChange, onFailure }: OpenInboxOptions): Inbox =>
  createInbox({
    store,
    clock,
    onChange,
    onFailure,
    onGivenUp: (entry, why) => log.error(`A message in the inbox is given up: ${why}.`, { entry }),
  });
