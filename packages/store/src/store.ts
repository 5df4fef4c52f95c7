/** One change to make: `value` bytes to keep under `key`, or `undefined` to delete it. */
export interface RecordChange {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** One changed key of the feed: its newest position, and its value *now* (`undefined`: it is deleted). */
export interface FeedEntry {
  readonly position: number;
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** A key and its bytes. */
export interface StoredRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Records as they come; in lists where there are many, since waiting for each takes longer than storing it. */
export type RecordSource =
  | Iterable<StoredRecord>
  | AsyncIterable<StoredRecord>
  | AsyncIterable<readonly StoredRecord[]>;

/** A store as it was at one position, whatever is written meanwhile. */
export interface StoreMoment {
  readonly position: number;
  /** Every record, in the order of the keys' UTF-8 bytes, to be read before the moment ends; held in small batches. */
  readonly entries: Iterable<StoredRecord>;
}

/** Small strings beside the records, outside the feed: the origin of the session, the position of the replica, … */
export interface StoreMeta {
  get(name: string): string | undefined;
  /** Committed before it returns; `undefined` forgets the name. Names beginning with `store.` are the store's own. */
  set(name: string, value: string | undefined): void;
}

/**
 * Records with a change feed that is written in the same transaction, so that the two cannot disagree. Several processes
 * may have the same store open. What is committed outlives the death of the process, not the death of the machine.
 *
 * Values that come out belong to the caller. Every method raises `BlackskyError`: `store.corruptRecord` where bytes
 * fail their checksum, `store.corrupt` where the structure does, `store.full`, `store.notWritable`, `store.closed`.
 */
export interface Store {
  /** The directory. */
  readonly path: string;
  /** Position of the newest committed change, of any process; 0 when nothing was ever written. */
  readonly position: number;
  /**
   * Changes up to here are no longer in the feed. A replica that is further behind cannot catch up from
   * `changesSince` and needs every record.
   */
  readonly trimmedPosition: number;
  get(key: string): Uint8Array | undefined;
  /** Keys that begin with `prefix`, in the order of their UTF-8 bytes. It may be left at any time, also across `await`. */
  keys(prefix: string): Iterable<string>;
  /** As `keys`, with the values. A key deleted by somebody while the caller iterates is left out. */
  entries(prefix: string): Iterable<StoredRecord>;
  count(prefix: string): number;
  /**
   * Shows one consistent moment for as long as `use` takes. Pages that it sees are not used again meanwhile, so the file
   * grows with what is written: copy quickly, and to somewhere near.
   */
  readMoment<T>(use: (moment: StoreMoment) => Promise<T>): Promise<T>;
  /**
   * All changes or none. Resolves with the position of its last change, once committed. Writes of one turn of the event
   * loop share the commit that ends it; they are applied in the order of their calls, and one that cannot be done fails
   * alone.
   */
  write(changes: readonly RecordChange[]): Promise<number>;
  /** As `write`, committed before it returns; it comes after every `write` called before. */
  writeSync(changes: readonly RecordChange[]): number;
  /**
   * What changed after `position`, oldest first, each key once at its newest position. Values are of now: the replica
   * equals the store as it was at some moment only when the answer was shorter than `limit`.
   */
  changesSince(position: number, limit: number): FeedEntry[];
  /** Forgets feed entries at or below `position`: somebody else has them. */
  trimFeed(position: number): Promise<void>;
  readonly meta: StoreMeta;
  /**
   * Fills an empty store (else `store.notEmpty`) as it was at `position`, with an empty feed. When `records` fails in
   * the middle the store is empty again; when the process dies, the store opens as `store.incomplete` from then on.
   */
  restore(records: RecordSource, position: number): Promise<void>;
  /**
   * Brings a restored store to a later position of what it was restored from, again without feed entries. `fill` puts the
   * changes, in batches that are a transaction each. Until it has succeeded the store opens as `store.incomplete`, and
   * its position is the old one; another `catchUp` may go on. Raises `store.diverged` for a store that was written to.
   */
  catchUp(position: number, fill: (put: (changes: readonly RecordChange[]) => void) => Promise<void>): Promise<void>;
  /** Commits what is waiting and closes; twice is fine. */
  close(): Promise<void>;
}
