import type { Notification, NotificationStatus } from "@blacksky/protocol";
import { jidKind } from "@blacksky/whatsapp";
import { createBook, type Counts } from "./book.ts";
import type { Carrier } from "./carrier.ts";
import { createDesk, type Desk, type Overview } from "./desk.ts";
import { createEngine } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Entry } from "./entry.ts";
import { createHold, type Restriction } from "./hold.ts";
import { createIntake, type Enqueued, type Handed } from "./intake.ts";
import { createJournal } from "./journal.ts";
import { createLimits, DEFAULT_LIMITS } from "./limits.ts";
import { entryOf, loadBook, spendRecent } from "./load.ts";
import { isRestriction } from "./notification/refusal.ts";
import { DEFAULT_SETTINGS } from "./notification/settings.ts";
import { DEFAULT_CAPACITY, type OutboxOptions } from "./options.ts";
import { readNotification } from "./records.ts";
import { DEFAULT_RETENTION } from "./settled.ts";
import { statusOf } from "./status.ts";

/** Sends what it was handed, once, in the order of each chat, however often the process ends. */
export interface Outbox {
  /**
   * Takes a notification; resolves once it is committed. An id that is known already changes nothing.
   *
   * @throws BlackskyError `outbox.recipient`, `outbox.full`, `outbox.closed`
   */
  enqueue(id: string, notification: Notification): Promise<Enqueued>;
  /** As `enqueue`: all of them, with one commit, or none. */
  enqueueAll(handed: readonly Handed[]): Promise<Enqueued[]>;
  /** Where it is; `null` for one that is not known (any more). */
  read(id: string): NotificationStatus | null;
  /** There is a connection; what may be sent goes out over it. */
  opened(carrier: Carrier): void;
  closed(): void;
  /** The server's answer to any message, also to one that did not come from here: what it says of the account concerns all. */
  acknowledged(messageId: string, refusal: string | undefined): void;
  /** A recipient has these messages. */
  delivered(messageIds: readonly string[]): void;
  /** This person has written to us. */
  heard(jid: string): void;
  /** WhatsApp has said whether the account may write to strangers. */
  restricted(restriction: Restriction): void;
  readonly counts: Counts;
  /** Attempts under way. */
  readonly inFlight: number;
  /** What a person sees and does. */
  readonly desk: Desk;
  /** Memory runs short: what is to be sent is not kept at hand. */
  trim(): void;
  /** Begins no attempt any more; those under way may end. */
  halt(): void;
  /** Ends whatever is under way, and resolves when everything is committed. */
  close(): Promise<void>;
}

export type { Desk, Enqueued, Handed, Overview };

interface Opened {
  readonly parts: EngineParts;
  /** In their order. */
  readonly pending: readonly Entry[];
}

/** @param onHold told when the restriction has begun, ended, or changed its length */
const openParts = (options: OutboxOptions, onHold: () => void): Opened => {
  const { clock, log, isKnown } = options;
  const book = createBook({ ...DEFAULT_RETENTION, ...options.retention });
  const { lastSeq, holdUntil, pending, over, accepted } = loadBook(options, book, log);
  const underWay = pending.filter(({ state }) => state.status === "executing");
  const forgettable = (): number[] => book.settled.prune(clock.now());
  const journal = createJournal(options, { lastSeq, underWay, accepted, forgettable });
  const limits = createLimits({ ...DEFAULT_LIMITS, ...options.limits });
  const isStranger = (chat: string): boolean => jidKind(chat) !== "group" && !isKnown(chat);
  spendRecent(limits, isStranger, over, clock);
  const hold = createHold({
    clock,
    log,
    until: holdUntil,
    onChange(until) {
      journal.saveHold(until).catch(() => undefined);
      onHold();
    },
  });
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const capacity = { ...DEFAULT_CAPACITY, ...options.capacity };
  return {
    parts: { options, settings, capacity, book, journal, hold, limits, isStranger },
    pending,
  };
};

/** Finds a notification by its message id; one that is over as if it were held in memory. */
const finderOf =
  ({ options, book, journal }: EngineParts) =>
  (messageId: string): Entry | undefined => {
    const seq = book.settled.get(messageId);
    if (seq === undefined) return book.live.get(messageId);
    const unwritten = journal.unwritten(messageId, seq);
    if (unwritten !== undefined) return unwritten;
    const record = readNotification(options.store, seq);
    return record && entryOf(options, seq, record);
  };

const statusOrNull = (entry: Entry | undefined): NotificationStatus | null =>
  entry === undefined ? null : statusOf(entry);

/** Whoever opens an outbox need not be ready to hear of it before it is there. */
const deafUntilOpen = (options: OutboxOptions, hearing: { readonly isOpen: boolean }): OutboxOptions => ({
  ...options,
  onCounts() {
    if (hearing.isOpen) options.onCounts();
  },
  onDiscarded: (id, problem) => queueMicrotask(() => options.onDiscarded?.(id, problem)),
});

/**
 * Opens the outbox of a store. What was in the middle of an attempt is tried again with the same message id, so nobody sees
 * it twice.
 *
 * @throws BlackskyError `store.…` when the store itself cannot be read; a record that cannot be read is counted as given up
 */
export const createOutbox = (given: OutboxOptions): Outbox => {
  const { messageIdOf, random, log } = given;
  const hearing = { isOpen: false };
  const { parts, pending } = openParts(deafUntilOpen(given, hearing), () => engine.gateChanged());
  const { book, journal, hold } = parts;
  const engine = createEngine(parts);
  const intake = createIntake(parts, engine);
  for (const entry of pending) {
    if (entry.state.status === "executing") engine.step(entry, { type: "rescued", chance: random() });
    if (book.live.has(entry.messageId)) engine.admit(entry);
  }
  // Nothing can be sent yet, but the clock counts.
  engine.go();
  hearing.isOpen = true;

  const find = finderOf(parts);
  let carrier: Carrier | undefined;
  const seeRestriction = (): void => {
    hold.begin();
    carrier?.askRestriction().catch((error: unknown) => {
      log.warn("WhatsApp did not say for how long it restricts the account.", { error });
    });
  };

  return {
    enqueue: async (id, notification) => (await intake.enqueueAll([{ id, notification }], find))[0] as Enqueued,
    enqueueAll: (handed) => intake.enqueueAll(handed, find),
    read: (id) => statusOrNull(find(messageIdOf(id))),
    opened(opened) {
      carrier = opened;
      engine.opened(opened);
    },
    closed() {
      carrier = undefined;
      engine.closed();
    },
    acknowledged(messageId, refusal) {
      if (refusal !== undefined && isRestriction(refusal)) seeRestriction();
      const entry = book.live.get(messageId);
      if (entry === undefined) return;
      if (refusal === undefined) engine.step(entry, { type: "accepted" });
      else engine.step(entry, { type: "refused", code: refusal, chance: random() });
      engine.goSoon();
    },
    delivered(messageIds) {
      try {
        for (const entry of messageIds.flatMap((messageId) => find(messageId) ?? [])) {
          engine.step(entry, { type: "delivered" });
        }
      } catch (error) {
        // It was sent, which is what matters; nobody would be helped by a bot that falls over it.
        log.error("A receipt was not noted.", { error });
      }
      engine.go();
    },
    heard: (jid) => engine.gateChanged(jid),
    restricted: (restriction) => hold.set(restriction),
    get counts() {
      return book.counts;
    },
    get inFlight() {
      return engine.inFlight;
    },
    desk: createDesk(parts, engine),
    trim: () => book.trim(),
    halt: () => engine.halt(),
    async close() {
      intake.close();
      engine.halt();
      engine.closed();
      await journal.settled();
    },
  };
};
