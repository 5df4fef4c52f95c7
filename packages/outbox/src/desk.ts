import { BlackskyError } from "@blacksky/errors";
import { NOTIFICATION_ID_PREFIX, type NotificationStatus } from "@blacksky/protocol";
import type { Engine } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Entry } from "./entry.ts";
import { entryOf } from "./load.ts";
import { notFound } from "./outbox-errors.ts";
import { isOneRecord, readNotification } from "./records.ts";
import { statusOf } from "./status.ts";

/** What a person is shown of the outbox; neither whom anything goes to nor what it says. */
export interface Overview {
  /** When the oldest of those that wait was handed in; epoch milliseconds. */
  readonly oldestAt: number | null;
  /** Milliseconds for which nothing is written to strangers. */
  readonly heldMs: number;
  /** Given up, the newest first. */
  readonly dead: readonly NotificationStatus[];
  /** To be tried again, the next first. */
  readonly retrying: readonly NotificationStatus[];
}

/** What a person sees of the outbox, and does with it. `wanted` is the beginning of an id, or `all`. */
export interface Desk {
  /** @param limit how many of each kind are shown */
  show(limit: number): Overview;
  /**
   * Has what was given up, or waits for another try, tried now; how many that are.
   *
   * @throws BlackskyError `outbox.unknown`, `outbox.ambiguous`
   */
  retry(wanted: string): number;
  /**
   * Gives up what waits, and forgets what was given up; how many that are. What is being sent is sent.
   *
   * @throws BlackskyError `outbox.unknown`, `outbox.ambiguous`
   */
  cancel(wanted: string): number;
}

const ALL = "all";
const MANY = 5;

const choose = (entries: readonly Entry[], wanted: string, kind: string): readonly Entry[] => {
  if (wanted.toLowerCase() === ALL) return entries;
  const word = wanted.toLowerCase();
  const beginning = word.startsWith(NOTIFICATION_ID_PREFIX) ? word : NOTIFICATION_ID_PREFIX + word;
  const found = entries.filter(({ id }) => id.startsWith(beginning));
  if (found.length === 0) throw notFound(wanted, kind);
  if (found.length === 1) return found;
  const ids = found.slice(0, MANY).map(({ id }) => id.slice(0, beginning.length + MANY));
  throw new BlackskyError("outbox.ambiguous", `Several begin with ${wanted}: ${ids.join(", ")}.`, {
    hint: "Say more of the id.",
  });
};

const nextAt = ({ nextAttemptAt }: NotificationStatus): number => nextAttemptAt ?? 0;

/** The desk of an outbox. */
export const createDesk = (parts: EngineParts, engine: Engine): Desk => {
  const { book, hold, options } = parts;
  const { store } = options;

  const deadEntries = (seqs: readonly number[]): Entry[] =>
    seqs.flatMap((seq) => {
      try {
        const record = readNotification(store, seq);
        return record === undefined ? [] : [entryOf(options, seq, record)];
      } catch (error) {
        if (isOneRecord(error)) return [];
        throw error;
      }
    });

  const live = (): Entry[] => [...book.live.values()];

  return {
    show(limit) {
      const entries = live();
      const retrying = entries.filter(({ state }) => state.status === "retryable").map((entry) => statusOf(entry));
      return {
        oldestAt: entries.reduce<number | null>(
          (oldest, { createdAt }) => Math.min(oldest ?? createdAt, createdAt),
          null,
        ),
        heldMs: hold.leftMs(),
        dead: deadEntries(book.settled.dead().slice(-limit))
          .map((entry) => statusOf(entry))
          .toReversed(),
        retrying: retrying.toSorted((one, other) => nextAt(one) - nextAt(other)).slice(0, limit),
      };
    },
    retry(wanted) {
      const stuck = live().filter(({ state }) => state.status === "retryable");
      // What lost its text in the store has nothing to send.
      const dead = deadEntries(book.settled.dead()).filter(({ textBytes }) => textBytes > 0);
      const chosen = choose([...stuck, ...dead], wanted, "Nothing that was given up, or is to be tried again,");
      for (const entry of chosen) engine.step(entry, { type: "retry" });
      engine.go();
      return chosen.length;
    },
    cancel(wanted) {
      const all = [...live(), ...deadEntries(book.settled.dead())];
      const chosen = choose(all, wanted, "Nothing that waits, or was given up,");
      for (const entry of chosen) engine.step(entry, { type: "cancel" });
      engine.go();
      return chosen.length;
    },
  };
};
