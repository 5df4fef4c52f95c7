import type { Inbox } from "@blacksky/inbox";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock, Random } from "@blacksky/machine";
import type { Outbox } from "@blacksky/outbox";
import type { Store } from "@blacksky/store";
import { openInbox } from "./intake/open-inbox.ts";
import { createNews, type News } from "./news.ts";
import { openOutbox } from "./outbox/open-outbox.ts";
import { createOutgoing, type Outgoing } from "./outbox/outgoing.ts";
import { createSendQueue, type SendQueue } from "./sending/send-queue.ts";
import type { Envelope } from "./socket/whatsapp-socket.ts";
import { openSessionStorage, type SessionStorage } from "./storage/session-storage.ts";

export interface OpenSessionOptions {
  readonly store: Store;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The version of this bot. */
  readonly build: string;
  /** Phone numbers, digits. */
  readonly owners: readonly string[];
  readonly isWhatsApp: boolean;
  /** The store failed. */
  readonly onFailure: (error: unknown) => void;
}

/** The session on the local store, with what came in and what is to go out. */
export interface OpenSession {
  readonly news: News;
  readonly storage: SessionStorage;
  readonly inbox: Inbox;
  readonly queue: SendQueue;
  readonly outbox: Outbox;
  readonly outgoing: Outgoing;
}

/**
 * Opens everything that lies in the store, and tells the runner how much there is to send.
 *
 * @throws BlackskyError `store.*`, `session.*`
 */
export const openSession = (options: OpenSessionOptions): OpenSession => {
  const { store, channel, clock, random, log, build, owners, isWhatsApp, onFailure } = options;
  const news = createNews(channel, clock, { position: () => store.position, counts: () => outgoing.counts });
  const onChange = (): void => news.sessionChanged();
  const onCounts = (): void => news.countsChanged();
  const onArchive = (): void => queue.abandon();
  const storage = openSessionStorage({ store, build, clock, onChange, onArchive, onFailure });
  const remember = (envelope: Envelope): Promise<void> => storage.remember(envelope);
  const queue = createSendQueue({ clock, log, remember, onCounts });
  const inbox = openInbox({ store, clock, log, onChange, onFailure });
  const outbox = openOutbox({ store, clock, random, log, onCounts, onChange, onFailure, owners, isWhatsApp });
  const outgoing = createOutgoing({ queue, outbox, remember });
  onCounts();
  return { news, storage, inbox, queue, outbox, outgoing };
};
