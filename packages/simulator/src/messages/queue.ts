import type { Stanza } from "../wire/stanza.ts";

/** A stanza that waits for its client, and for the client's word that it has it. */
export interface QueueEntry {
  stanza: Stanza;
  /** Whose message it is: with its id the ledger's key. Undefined for receipts and notifications. */
  author: string | undefined;
  /** How often it was written to a socket. */
  writes: number;
  /** Nacks still to come for earlier ciphertexts of this message; they say nothing about this one. */
  staleNacks: number;
  /** True for what a fault has added: the same stanza a second time. */
  isCopy: boolean;
}

const isAbout = (entry: QueueEntry, tag: string, id: string): boolean =>
  entry.stanza.tag === tag && entry.stanza.attrs["id"] === id;

/**
 * What a linked device has not acknowledged yet, in order. Entries are ciphertext, so what is replayed after a
 * reconnect is byte for byte what was sent before.
 */
export class DeviceQueue {
  #entries: QueueEntry[];

  constructor(entries: readonly QueueEntry[]) {
    this.#entries = [...entries];
  }

  get entries(): readonly QueueEntry[] {
    return this.#entries;
  }

  add(stanza: Stanza, author?: string, isCopy = false): QueueEntry {
    const entry: QueueEntry = { stanza, author, writes: 0, staleNacks: 0, isCopy };
    this.#entries.push(entry);
    return entry;
  }

  /** Removes the oldest entry about this stanza; undefined when there is none, as for a second receipt. */
  settle(tag: string, id: string, matches: (stanza: Stanza) => boolean = () => true): QueueEntry | undefined {
    const index = this.#entries.findIndex((entry) => isAbout(entry, tag, id) && matches(entry.stanza));
    return index === -1 ? undefined : this.#entries.splice(index, 1)[0];
  }

  /**
   * Takes a client's nack for a message, and removes it. A nack that belongs to a ciphertext already replaced after a
   * retry receipt removes nothing. Returns the entry it is about, if there is one.
   */
  settleNack(id: string): QueueEntry | undefined {
    const stale = this.#entries.find((entry) => isAbout(entry, "message", id) && entry.staleNacks > 0);
    if (stale === undefined) return this.settle("message", id);
    stale.staleNacks -= 1;
    return stale;
  }

  /** Puts a fresh ciphertext in the place of the one that the client could not read. */
  replace(stanza: Stanza, author: string): QueueEntry {
    const previous = this.settle("message", stanza.attrs["id"] ?? "");
    const entry = this.add(stanza, author);
    // The client announces its failure twice: by the retry receipt, and then by a nack for the same stanza.
    if (previous !== undefined) entry.staleNacks = previous.staleNacks + 1;
    return entry;
  }

  /** Counts for `<offline_preview>`, by kind of stanza. */
  counts(): { message: number; receipt: number; notification: number; total: number } {
    const of = (tag: string) => this.#entries.filter((entry) => entry.stanza.tag === tag).length;
    const total = this.#entries.length;
    return { message: of("message"), receipt: of("receipt"), notification: of("notification"), total };
  }

  /** A new connection owes no nacks for what was written to the old one. */
  forgetStaleNacks(): void {
    for (const entry of this.#entries) entry.staleNacks = 0;
  }

  clear(): void {
    this.#entries = [];
  }

  toRecord(): QueueEntry[] {
    return [...this.#entries];
  }
}
