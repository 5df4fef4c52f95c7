import { nowMs } from "./clock.ts";
import type { SeenMessage } from "./world/seen-log.ts";

/** How often one phone has got a message that it could read, and how often its owner saw it there. */
export interface SeenCount {
  raw: number;
  /** As a real client shows it: once in each chat, however often it comes. */
  deduplicated: number;
}

/** Everything that happened to one message. `from` with `id` is its key. */
export interface LedgerEntry {
  id: string;
  /** `to-client`: written by a person or the owner's phone. `from-client`: written by a bot. */
  direction: "to-client" | "from-client";
  /** Phone JID of the author. */
  from: string;
  /** The author's device: 0 is a phone, others are linked devices. */
  device: number;
  /** Phone JID of the other side, or the group's id. */
  chat: string;
  /** Known for what people write at once, and for what bots write from the moment somebody could read it: what he saw. */
  text: string;
  quotedId?: string;
  acceptedAt: number;
  /** How often the server took it from its author under this id; more than once after a retry. */
  sent: number;
  /** How often it was written to a client's socket, replays included. */
  delivered: number;
  /** The client's receipts by type; `delivered` stands for a receipt without one. */
  receipts: Record<string, number>;
  /** The client's refusals by error code. */
  nacks: Record<string, number>;
  /** True as soon as a client has said, by a receipt, that it has the message. */
  acknowledged: boolean;
  /** Retry receipts about it, from either side. */
  retried: number;
  /** By phone number of the reader. */
  seenBy: Record<string, SeenCount>;
}

/** What the simulator has counted since it was made (with a state directory: since that was made). */
export interface Ledger {
  messages: LedgerEntry[];
  /** Stanzas the simulator could not answer, by kind; stays empty with a client it knows. */
  unhandled: Record<string, number>;
  /** Retry receipts from clients. */
  retryReceipts: number;
  pairings: number;
  logins: number;
  rejectedLogins: number;
  /** The largest number of logged-in sockets that one device had at one time. */
  maxConcurrentSockets: number;
}

type Counter = "retryReceipts" | "pairings" | "logins" | "rejectedLogins";

const count = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

/** An empty ledger. */
export const newLedger = (): Ledger => ({
  messages: [],
  unhandled: {},
  retryReceipts: 0,
  pairings: 0,
  logins: 0,
  rejectedLogins: 0,
  maxConcurrentSockets: 0,
});

/** Keeps the ledger. Only counts; decides nothing. */
export class LedgerKeeper {
  readonly #ledger: Ledger;
  readonly #byKey = new Map<string, LedgerEntry>();
  readonly #onChange: () => void;

  constructor(ledger: Ledger, onChange: () => void) {
    this.#ledger = ledger;
    this.#onChange = onChange;
    for (const entry of ledger.messages) this.#byKey.set(keyOf(entry.from, entry.id), entry);
  }

  /** A copy that later events do not change. */
  snapshot(): Ledger {
    return structuredClone(this.#ledger);
  }

  /** The ledger itself, for saving. */
  toRecord(): Ledger {
    return this.#ledger;
  }

  entry(from: string, id: string): LedgerEntry | undefined {
    return this.#byKey.get(keyOf(from, id));
  }

  accepted(
    message: Pick<LedgerEntry, "id" | "direction" | "from" | "device" | "chat"> & { text?: string; quotedId?: string },
  ): void {
    const known = this.entry(message.from, message.id);
    if (known === undefined) {
      const entry: LedgerEntry = {
        text: "",
        ...message,
        acceptedAt: nowMs(),
        sent: 1,
        delivered: 0,
        receipts: {},
        nacks: {},
        acknowledged: false,
        retried: 0,
        seenBy: {},
      };
      this.#ledger.messages.push(entry);
      this.#byKey.set(keyOf(entry.from, entry.id), entry);
    } else {
      known.sent += 1;
    }
    this.#onChange();
  }

  delivered(from: string, id: string): void {
    this.#update(from, id, (entry) => {
      entry.delivered += 1;
    });
  }

  receipt(from: string, id: string, kind: string): void {
    this.#update(from, id, (entry) => {
      count(entry.receipts, kind);
      if (kind !== "retry") entry.acknowledged = true;
    });
  }

  nack(from: string, id: string, error: string): void {
    this.#update(from, id, (entry) => {
      count(entry.nacks, error);
    });
  }

  retried(from: string, id: string): void {
    this.#update(from, id, (entry) => {
      entry.retried += 1;
    });
  }

  /** A phone has got a message again, or for the first time. */
  seen(by: string, { from, id, text, quotedId, count: arrivals }: SeenMessage): void {
    this.#update(from, id, (entry) => {
      if (entry.text === "") entry.text = text;
      if (quotedId !== undefined) entry.quotedId ??= quotedId;
      const { raw, deduplicated } = entry.seenBy[by] ?? { raw: 0, deduplicated: 0 };
      entry.seenBy[by] = { raw: raw + 1, deduplicated: deduplicated + (arrivals === 1 ? 1 : 0) };
    });
  }

  unhandled(what: string): void {
    count(this.#ledger.unhandled, what);
    this.#onChange();
  }

  increment(counter: Counter): void {
    this.#ledger[counter] += 1;
    this.#onChange();
  }

  concurrentSockets(sockets: number): void {
    this.#ledger.maxConcurrentSockets = Math.max(this.#ledger.maxConcurrentSockets, sockets);
    this.#onChange();
  }

  #update(from: string, id: string, change: (entry: LedgerEntry) => void): void {
    const entry = this.entry(from, id);
    if (entry === undefined) return;
    change(entry);
    this.#onChange();
  }
}

const keyOf = (from: string, id: string): string => `${from} ${id}`;
